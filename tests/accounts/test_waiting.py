"""Waiting, against a model of it: any sequence of right, wrong and time."""

from __future__ import annotations

import math
import os
from datetime import UTC, datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from tests.accounts.conftest import PHRASE, founded, with_password

from crmcore import accounts
from crmcore.accounts import SignInPolicy
from crmcore.clock import ManualClock
from crmcore.errors import SignInRefused, Throttled

FREE, FREE_ORIGIN, FIRST, LONGEST, FORGETS = 3, 5, 2, 20, 3_600
IS_DEEP = os.environ.get("CRMCORE_TRIES") == "deep"
LOGINS = st.sampled_from(["wang", "WANG", "boss", "nobody"])
ORIGINS = st.sampled_from([None, "10.0.0.1"])


class Waiting(RuleBasedStateMachine):
    """Failures are counted for each login, folded, and each origin; a success of one forgets."""

    @initialize()
    def begin(self) -> None:
        self.clock = ManualClock(datetime(2026, 3, 1, 8, tzinfo=UTC))
        self.crm = founded("memory://", self.clock)
        policy = SignInPolicy(
            free_attempts=FREE,
            free_attempts_per_origin=FREE_ORIGIN,
            first_wait_seconds=FIRST,
            longest_wait_seconds=LONGEST,
            forget_hours=FORGETS // 3_600,
            hash_time=1,
            hash_memory_kib=8,
            hash_lanes=1,
        )
        accounts.enable(self.crm, policy)
        self.user = with_password(self.crm)
        self.now = 0.0
        # key → (failures, waits until, forgotten at)
        self.model: dict[str, tuple[int, float, float]] = {}
        self.lockouts = 0

    @rule(login=LOGINS, origin=ORIGINS, is_right=st.booleans())
    def try_it(self, login: str, origin: str | None, is_right: bool) -> None:
        keys = {f"login {login.lower()}": FREE}
        if origin is not None:
            keys[f"origin {origin}"] = FREE_ORIGIN
        until = max(self.model.get(key, (0, 0.0, 0.0))[1] for key in keys)
        expected: object = "success" if is_right and login == "wang" else "failure"
        if until > self.now:
            expected = math.ceil(until - self.now)
        else:
            for key, free in keys.items():
                self.count(key, free)
            if expected == "failure":
                self.lockouts += self.model[f"login {login.lower()}"][0] == FREE
            else:
                del self.model["login wang"]
                for key in keys.keys() - {"login wang"}:
                    count, _, forgotten = self.model[key]
                    self.model[key] = (count - 1, 0.0, forgotten)
        assert self.told(login, origin, is_right) == expected

    def count(self, key: str, free: int) -> None:
        count, _, forgotten = self.model.get(key, (0, 0.0, 0.0))
        count = 1 + (count if forgotten > self.now else 0)
        wait = min(FIRST * 2 ** (count - free), LONGEST) if count >= free else 0
        self.model[key] = (count, self.now + wait, self.now + FORGETS)

    def told(self, login: str, origin: str | None, is_right: bool) -> object:
        password = PHRASE if is_right else "wrong password 77"
        try:
            accounts.sign_in(self.crm, login, password, origin=origin)
        except Throttled as error:
            return error.seconds
        except SignInRefused as error:
            return "failure" if error.code == "sign_in_failed" else error.code
        return "success"

    @rule(seconds=st.sampled_from([0.5, 1, 2, 4, 19, 20, 3_599, 3_600]))
    def wait(self, seconds: float) -> None:
        self.clock.advance(timedelta(seconds=seconds))
        self.now += seconds

    @invariant()
    def lockouts_are_kept(self) -> None:
        if hasattr(self, "crm"):
            kept = self.crm.find("crm_sign_in", "event == 'lockout'", limit=500)
            assert len(list(kept)) == self.lockouts


TestWaiting = Waiting.TestCase
TestWaiting.settings = settings(
    max_examples=300 if IS_DEEP else 6, stateful_step_count=25, deadline=None
)
