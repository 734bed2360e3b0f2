"""One-time codes by the clock (RFC 6238, over RFC 4226), and recovery codes."""

from __future__ import annotations

import base64
import hmac
from datetime import datetime
from typing import Final
from urllib.parse import quote

from crmcore.accounts.tokens import digest, same
from crmcore.clock import EntropySource, to_milliseconds

PERIOD_SECONDS: Final = 30
DIGITS: Final = 6
_SECRET: Final = 20
_RECOVERY: Final = 10
RECOVERY_CODES: Final = 10
_WINDOW: Final = 1
"""So many steps a clock may be fast or slow."""


def new_secret(entropy: EntropySource) -> str:
    """A secret of 160 bits, in base 32."""
    return base64.b32encode(entropy(_SECRET)).decode()


def step_of(moment: datetime) -> int:
    """The step that `moment` lies in."""
    return to_milliseconds(moment) // 1_000 // PERIOD_SECONDS


def code(secret: bytes, step: int, digits: int = DIGITS, algorithm: str = "sha1") -> str:
    """The code of `step`."""
    mac = hmac.digest(secret, step.to_bytes(8, "big"), algorithm)
    start = mac[-1] & 0xF
    number = int.from_bytes(mac[start : start + 4], "big") & 0x7FFF_FFFF
    return f"{number % 10**digits:0{digits}d}"


def fitting_step(secret: str, given: object, moment: datetime, last: int | None) -> int | None:
    """The step whose code `given` is, about `moment` and after the step `last`, if any.

    All steps are tried, whichever fits: the time taken tells nothing.
    """
    wanted = given if isinstance(given, str) and given.isascii() else ""
    wanted = wanted.replace(" ", "")
    key, here, fits = base64.b32decode(secret), step_of(moment), None
    for step in range(max(here - _WINDOW, 0), here + _WINDOW + 1):
        is_fresh = last is None or step > last
        if hmac.compare_digest(code(key, step).encode(), wanted.encode()) and is_fresh:
            fits = step
    return fits


def uri(secret: str, issuer: str, login: str) -> str:
    """What the picture shows that a phone reads."""
    label = quote(f"{issuer}:{login}", safe="")
    return f"otpauth://totp/{label}?secret={secret}&issuer={quote(issuer, safe='')}"


def new_recovery_codes(entropy: EntropySource) -> tuple[str, ...]:
    """Codes of 80 bits for who lost his phone, in groups of four."""
    texts = (base64.b32encode(entropy(_RECOVERY)).decode().lower() for _ in range(RECOVERY_CODES))
    return tuple("-".join(one[at : at + 4] for at in range(0, 16, 4)) for one in texts)


def kept(recovery: str, user: str) -> str:
    """What is kept of a recovery code of `user`."""
    plain = "".join(one for one in recovery.casefold() if one.isalnum())
    return digest(f"recovery {user}", plain)


def without(recovery: object, given: object, user: str) -> list[str] | None:
    """The kept codes without the one that `given` is; `None` where it is none of them."""
    codes = [one for one in recovery if isinstance(one, str)] if recovery else []  # type: ignore[attr-defined]
    wanted = kept(given if isinstance(given, str) else "", user)
    left = [one for one in codes if not same(one, wanted)]
    return left if len(left) < len(codes) else None
