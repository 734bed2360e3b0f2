"""Keys of a host as record ids, and back: reversible, without a table of pairs.

An id tells its module: keys that two tables of a host have in common are two ids. Ids of
whole numbers sort as the numbers do. None of them can be an id that we make ourselves,
but for those of UUIDs, which cannot be told by looking.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Final, Literal
from uuid import UUID

from attrs import define, field

from crmcore.errors import StorageError

KeyForm = Literal["integer", "uuid", "text"]
"""What the keys of a host's table are: 64-bit whole numbers, UUIDs, short texts."""

_HALF: Final = 2**63
_ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-_./"
_LONGEST_CAPITALS: Final = 23
_LONGEST_ASCII: Final = 17
_LONGEST_BYTES: Final = 15
_TAG_BITS: Final = 4
_BODY: Final = 2 ** (128 - _TAG_BITS)
_VERSION_PLACE: Final = 76
"""Where the version of a UUID stands: 8 is for what others define."""


@define(frozen=True, slots=False)
class KeyCodec:
    """Keys of one form in ids of the module with the number `module`."""

    form: KeyForm
    module: int
    _mask: int = field(init=False)
    _head: int = field(init=False)

    def __attrs_post_init__(self) -> None:
        digest = hashlib.sha256(b"crmcore adopted %d" % self.module).digest()
        object.__setattr__(self, "_mask", int.from_bytes(digest[:16], "big"))
        head = int.from_bytes(digest[16:24], "big") & ~(0xF << (_VERSION_PLACE - 64))
        object.__setattr__(self, "_head", head | 0x8 << (_VERSION_PLACE - 64))

    @property
    def sorts(self) -> bool:
        """Whether ids sort as their keys do."""
        return self.form == "integer"

    def record(self, key: object) -> str:
        """The id that stands for `key`; raises `StorageError` (`bad_key`)."""
        try:
            number = _WRITERS[self.form](key)
        except (ValueError, OverflowError):
            number = None
        if number is None:
            raise StorageError("bad_key", key=key, form=self.form)
        if self.form == "integer":
            return f"{self._head << 64 | number:032x}"
        return f"{number ^ self._mask:032x}"

    def key(self, record: str) -> int | UUID | str | None:
        """The key that `record` stands for; `None` where it stands for none."""
        number = int(record, 16)
        if self.form == "integer":
            return number % 2**64 - _HALF if number >> 64 == self._head else None
        number ^= self._mask
        if self.form == "uuid":
            return UUID(int=number)
        text = _text(number)
        return text if text is not None and _of_text(text) == number else None


def _of_integer(key: object) -> int | None:
    if isinstance(key, bool) or not isinstance(key, int) or not -_HALF <= key < _HALF:
        return None
    return key + _HALF


def _of_uuid(key: object) -> int | None:
    if isinstance(key, UUID):
        return key.int
    return UUID(key).int if isinstance(key, str) else None


def _of_text(key: object) -> int | None:
    """A text as a number below 2^128: the shortest of three spellings, told by a tag."""
    if not isinstance(key, str) or not key:
        return None
    if len(key) <= _LONGEST_CAPITALS and all(letter in _ALPHABET for letter in key):
        number = 0
        for letter in key:
            number = number * (len(_ALPHABET) + 1) + _ALPHABET.index(letter) + 1
        return _BODY + number
    data = key.encode()
    if len(data) == len(key) <= _LONGEST_ASCII and data[0]:
        number = 0
        for byte in data:
            number = number << 7 | byte
        return 2 * _BODY + number
    if len(data) <= _LONGEST_BYTES and data[0]:
        return 3 * _BODY + int.from_bytes(data, "big")
    return None


def _text(number: int) -> str | None:
    tag, body = divmod(number, _BODY)
    if tag == 1:
        letters: list[str] = []
        while body:
            body, digit = divmod(body, len(_ALPHABET) + 1)
            letters.append(_ALPHABET[digit - 1] if digit else "")
        return "".join(reversed(letters))
    if tag == 2:
        found: list[str] = []
        while body:
            found.append(chr(body & 0x7F))
            body >>= 7
        return "".join(reversed(found))
    if tag != 3:
        return None
    try:
        return body.to_bytes((body.bit_length() + 7) // 8, "big").decode()
    except UnicodeDecodeError:
        return None


_WRITERS: Final[Mapping[KeyForm, Callable[[object], int | None]]] = {
    "integer": _of_integer,
    "uuid": _of_uuid,
    "text": _of_text,
}
