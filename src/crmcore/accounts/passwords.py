"""Passwords: argon2id, and what is refused as one."""

from __future__ import annotations

import base64
import unicodedata
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Final

from attrs import field, frozen

from crmcore.accounts.policy import SignInPolicy
from crmcore.accounts.well_known import is_well_known
from crmcore.clock import EntropySource
from crmcore.errors import Invalid, MissingExtra

if TYPE_CHECKING:
    from argon2 import PasswordHasher

Breached = Callable[[str], bool]
"""Whether a password is known to be in a breach: a host may ask a list of its own."""

LONGEST: Final = 1_000
_SALT: Final = 16
_HASH: Final = 32
_SHORTEST_NAME: Final = 3


def normal(password: object) -> bytes:
    """What is hashed of a password: the same however a keyboard composes or widens it."""
    if not isinstance(password, str) or len(password) > LONGEST:
        return b""
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")


@frozen
class Hasher:
    """Hashes and verifies under the parameters of a policy; raises `MissingExtra`."""

    policy: SignInPolicy
    entropy: EntropySource
    _argon2: PasswordHasher = field(init=False)

    def __attrs_post_init__(self) -> None:
        try:
            from argon2 import PasswordHasher
        except ImportError:
            raise MissingExtra("missing_extra", package="argon2-cffi", extra="accounts") from None
        one = self.policy
        made = PasswordHasher(one.hash_time, one.hash_memory_kib, one.hash_lanes, _HASH, _SALT)
        object.__setattr__(self, "_argon2", made)

    def hashed(self, password: str) -> str:
        """The encoded hash of `password`."""
        return self._argon2.hash(normal(password), salt=self.entropy(_SALT))

    def holds(self, encoded: str | None, password: object) -> bool:
        """Whether `password` is that of `encoded`; where there is none, the same work for nothing.

        Compared in constant time.
        """
        from argon2.exceptions import InvalidHashError, VerificationError

        try:
            self._argon2.verify(encoded or self._dummy(), normal(password))
        except (VerificationError, InvalidHashError):
            return False
        # An empty password was none: too long, or no text.
        return encoded is not None and normal(password) != b""

    def is_outdated(self, encoded: str) -> bool:
        """Whether `encoded` was made under other parameters."""
        return self._argon2.check_needs_rehash(encoded)

    def _dummy(self) -> str:
        one = self.policy
        salt, digest = (
            base64.b64encode(bytes(size)).decode().rstrip("=") for size in (_SALT, _HASH)
        )
        cost = f"m={one.hash_memory_kib},t={one.hash_time},p={one.hash_lanes}"
        return f"$argon2id$v=19${cost}${salt.rstrip('=')}${digest.rstrip('=')}"


def check(
    password: object,
    policy: SignInPolicy,
    names: Iterable[str | None],
    breached: Breached | None = None,
) -> str:
    """`password` where it may be one of somebody called `names`; raises `Invalid`.

    Codes: `password_no_text`, `password_too_short`, `password_too_long`,
    `password_names_you`, `password_well_known`.
    """
    if not isinstance(password, str):
        raise Invalid("password_no_text")
    if len(password) > LONGEST:
        raise Invalid("password_too_long", limit=LONGEST)
    folded = unicodedata.normalize("NFKC", password).casefold()
    if len(folded) < policy.min_length:
        raise Invalid("password_too_short", limit=policy.min_length)
    for name in names:
        known = unicodedata.normalize("NFKC", name or "").casefold().partition("@")[0]
        if len(known) >= _SHORTEST_NAME and known in folded:
            raise Invalid("password_names_you")
    if is_well_known(folded) or (breached is not None and breached(password)):
        raise Invalid("password_well_known")
    return password
