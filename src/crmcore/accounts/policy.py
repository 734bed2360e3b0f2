"""How strictly people sign in here: one setting of the workspace, as a value."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Final, Literal

from attrs import asdict, field, fields, frozen

from crmcore.errors import Invalid

SETTING_NAME: Final = "accounts"
"""The setting that holds the policy."""

Registration = Literal["off", "invitation", "open"]

_BOUNDS: Final[Mapping[str, tuple[int, int]]] = {
    "min_length": (8, 200),
    "free_attempts": (1, 100),
    "free_attempts_per_origin": (1, 100_000),
    "first_wait_seconds": (1, 3_600),
    "longest_wait_seconds": (1, 86_400),
    "forget_hours": (1, 8_760),
    "idle_minutes": (1, 525_600),
    "session_hours": (1, 8_760),
    "reset_minutes": (1, 10_080),
    "invitation_hours": (1, 8_760),
    "hash_time": (1, 100),
    "hash_memory_kib": (8, 4_194_304),
    "hash_lanes": (1, 64),
}


@frozen
class SignInPolicy:
    """Registration, passwords, waiting, and how long sessions and tokens hold.

    `roles` (names) are given to who registers without an invitation. After `free_attempts`
    failures of a login, or `free_attempts_per_origin`, each further one must wait, from
    `first_wait_seconds` on twice as long each time; failures are forgotten after
    `forget_hours` of rest. A session ends after `idle_minutes` without use and after
    `session_hours` in any case. The `hash_…` parameters are those of argon2id: passwords
    are hashed anew at the next sign-in after they change.
    Raises `Invalid` (`bad_sign_in_policy`) beyond what makes sense.
    """

    registration: Registration = "off"
    roles: tuple[str, ...] = field(default=(), converter=tuple[str, ...])
    min_length: int = 10
    free_attempts: int = 5
    free_attempts_per_origin: int = 50
    first_wait_seconds: int = 2
    longest_wait_seconds: int = 900
    forget_hours: int = 24
    idle_minutes: int = 480
    session_hours: int = 336
    reset_minutes: int = 60
    invitation_hours: int = 168
    hash_time: int = 3
    hash_memory_kib: int = 65_536
    hash_lanes: int = 4

    def __attrs_post_init__(self) -> None:
        if self.registration not in ("off", "invitation", "open"):
            raise Invalid("bad_sign_in_policy", name="registration")
        if not all(isinstance(one, str) for one in self.roles):
            raise Invalid("bad_sign_in_policy", name="roles")
        for name, (least, most) in _BOUNDS.items():
            value = getattr(self, name)
            if type(value) is not int or not least <= value <= most:
                raise Invalid("bad_sign_in_policy", name=name)
        if self.hash_memory_kib < 8 * self.hash_lanes:
            raise Invalid("bad_sign_in_policy", name="hash_memory_kib")

    @property
    def idle(self) -> timedelta:
        """How long a session holds without being used."""
        return timedelta(minutes=self.idle_minutes)

    @property
    def forgets(self) -> timedelta:
        """How long failures are remembered."""
        return timedelta(hours=self.forget_hours)

    def wait(self, failures: int, free: int) -> timedelta | None:
        """How long to wait after so many failures, of which `free` cost nothing."""
        if failures < free:
            return None
        doubled = self.first_wait_seconds << min(failures - free, 20)
        return timedelta(seconds=min(doubled, self.longest_wait_seconds))


def policy_to_json(policy: SignInPolicy) -> dict[str, object]:
    """A policy as plain data."""
    return {**asdict(policy), "roles": list(policy.roles)}


def policy_from_json(data: object) -> SignInPolicy:
    """The policy of plain data, the usual one without; raises `Invalid`: it fails closed."""
    if data is None:
        return SignInPolicy()
    known = {one.name for one in fields(SignInPolicy)}
    if not isinstance(data, Mapping) or not set(data) <= known:
        raise Invalid("bad_sign_in_policy", name=SETTING_NAME)
    if not isinstance(data.get("roles", ()), (list, tuple)):
        raise Invalid("bad_sign_in_policy", name="roles")
    return SignInPolicy(**data)
