"""The keys that a workspace is opened with: by id, one of them current; never shown."""

from __future__ import annotations

import base64
import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NoReturn

from crmcore.clock import system_entropy
from crmcore.errors import Invalid

SIZE: Final = 32
"""Bytes of a key."""

_ID = re.compile(r"[A-Za-z0-9_-]{1,40}", re.ASCII)
_MOST_BYTES: Final = 100_000


class Keyring:
    """Keys of 32 bytes by their ids. The current one encrypts, all of them decrypt.

    Two keyrings are never equal, and none shows a key: neither printed, nor pickled.
    """

    __slots__ = ("_current", "_keys")

    def __init__(self, keys: Mapping[str, bytes], current: str | None = None) -> None:
        """`current` names one of `keys`; of a single one it need not. Raises `Invalid`."""
        found = dict(keys)
        if current is None and len(found) == 1:
            (current,) = found
        for name, key in found.items():
            if type(name) is not str or _ID.fullmatch(name) is None:
                raise bad_keys("an id has 1 to 40 letters, digits, _ or -")
            if type(key) is not bytes or len(key) != SIZE:
                raise bad_keys(f"a key has {SIZE} bytes")
        if current not in found:
            raise bad_keys("the current key is not among them")
        self._keys = found
        self._current = current

    @property
    def current(self) -> str:
        """The id of the key that encrypts."""
        return self._current

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of all keys, in order."""
        return tuple(sorted(self._keys))

    def key(self, name: str) -> bytes | None:
        """The key of that id, for the ciphers alone."""
        return self._keys.get(name)

    def __repr__(self) -> str:
        return f"<Keyring of {len(self._keys)}, current {self._current}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("keys are not pickled")


def bad_keys(reason: str) -> Invalid:
    """The refusal of keys for `reason`, which says nothing of them."""
    return Invalid("bad_keys", reason=reason)


def read_keys(path: str | Path) -> Keyring:
    """The keys in a file: JSON of `current` and `keys`, each 32 bytes in Base64 by its id.

    Raises `Invalid` (`bad_keys`), without a word of what the file says.
    """
    try:
        with Path(path).open("rb") as file:
            data = file.read(_MOST_BYTES)
    except OSError:
        raise bad_keys(f"{path} cannot be read") from None
    try:
        found = json.loads(data)
        keys = {
            str(one): base64.b64decode(text, validate=True) for one, text in found["keys"].items()
        }
        current = str(found["current"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        # What is wrong with it would be quoted from the file.
        raise bad_keys(f"{path} is no file of keys") from None
    return Keyring(keys, current)


def new_keys(path: str | Path, name: str, former: Keyring | None = None) -> Keyring:
    """Make a new current key called `name`, beside those of `former`, and write them to `path`.

    The file must not exist, and can be read by its owner alone. Raises `Invalid` (`bad_keys`).
    """
    keys = {} if former is None else {one: former.key(one) or b"" for one in former.ids}
    if name in keys:
        raise bad_keys("an id names one key for ever")
    made = Keyring({**keys, name: system_entropy(SIZE)}, name)
    texts = {one: base64.b64encode(made.key(one) or b"").decode() for one in made.ids}
    text = json.dumps({"current": name, "keys": texts}, indent=2) + "\n"
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(text)
    except OSError:
        raise bad_keys(f"{path} cannot be written, or is there already") from None
    return made
