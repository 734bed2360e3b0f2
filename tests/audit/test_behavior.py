"""Steady days raise no alarm; each planted misuse is found, explained, and stopped."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.audit.conftest import accounts, later, person, settle

from crmcore.audit import LIMITS, Act, Verdict, acts, judge, verdicts, watch
from crmcore.audit.behavior import MEASURES, Measure
from crmcore.clock import ManualClock
from crmcore.errors import AccessDenied
from crmcore.work import Workspace, note
from crmcore.work.noting import Note

NOON = datetime(2026, 3, 31, 4, tzinfo=UTC)
DAYS = 20
AMOUNTS: dict[Measure, int] = {
    "exported": 800,
    "opened": 120,
    "deleted": 12,
    "denied": 2,
    "probing": 8,
    "owner_changed": 20,
}
COUNTED = [one for one in MEASURES if one != "off_hours"]


def past(jitter: list[int], user: str = "u") -> list[Act]:
    """Working days, each much like the others: some of everything, in the same hours."""
    return [
        Act(NOON - timedelta(days=day), user, measure, amount + jitter[day] * amount // 100)
        for day in range(1, DAYS + 1)
        for measure, amount in AMOUNTS.items()
    ]


def today(measure: Measure, amount: int, user: str = "u") -> Act:
    return Act(NOON - timedelta(minutes=5), user, measure, amount)


JITTER = st.lists(st.integers(-30, 30), min_size=DAYS + 1, max_size=DAYS + 1)


@settings(max_examples=60, deadline=None)
@given(JITTER, st.integers(-30, 30), st.sampled_from(COUNTED))
def test_steady_behavior_is_allowed(jitter: list[int], some: int, measure: Measure) -> None:
    stream = past(jitter)
    usual = AMOUNTS[measure]
    verdict = judge([*stream, today(measure, usual + some * usual // 100)], "u", NOON)
    assert verdict == Verdict("u", "allow")


@settings(max_examples=60, deadline=None)
@given(JITTER, st.sampled_from(COUNTED), st.integers(1, 50))
def test_misuse_is_found(jitter: list[int], measure: Measure, more: int) -> None:
    amount = LIMITS[measure].most + 10 * AMOUNTS[measure] + more
    verdict = judge([*past(jitter), today(measure, amount)], "u", NOON)
    assert verdict.decision == "block"
    (finding,) = verdict.findings
    assert (finding.measure, finding.amount) == (measure, amount)
    for language in ("en", "zh"):
        assert f"{amount}" in finding.message(language)


@settings(max_examples=40, deadline=None)
@given(JITTER, st.permutations(range(6)), st.integers(0, 9))
def test_the_stream_decides_alone(jitter: list[int], order: list[int], amount: int) -> None:
    stream = [*past(jitter), *past(jitter, "v"), today("denied", amount)]
    pieces = [stream[place::6] for place in order]
    mixed = [act for piece in pieces for act in piece]
    assert judge(mixed, "u", NOON) == judge(stream, "u", NOON)
    others = [act for act in stream if act.user == "u"]
    assert judge(others, "u", NOON) == judge(stream, "u", NOON)


def test_one_odd_day_moves_nothing() -> None:
    stream = past([0] * (DAYS + 1))
    stream.append(Act(NOON - timedelta(days=3), "u", "exported", 1_000_000))
    assert judge([*stream, today("exported", 50_000)], "u", NOON).decision == "block"


def test_newcomers_are_asked_not_blocked() -> None:
    assert judge([today("exported", 4_000)], "u", NOON).decision == "allow"
    assert judge([today("exported", 900_000)], "u", NOON).decision == "ask"


def test_hours_that_are_not_his() -> None:
    stream = past([0] * (DAYS + 1))
    night = NOON.replace(hour=19)
    late = [Act(night - timedelta(minutes=n), "u", "exported", 0) for n in range(1, 6)]
    verdict = judge([*stream, *late], "u", night)
    assert [one.measure for one in verdict.findings] == ["off_hours"]
    assert verdict.decision == "ask"
    early = [Act(NOON - timedelta(minutes=n), "u", "exported", 0) for n in range(1, 6)]
    assert judge([*stream, *early], "u", NOON).decision == "allow"


def test_acts_of_a_workspace(small: Workspace, clock: ManualClock) -> None:
    ids = accounts(small, 12)
    rep = person(small, "小王", "sales_manager")
    with rep.work() as work:
        for one in ids[:2]:
            work.delete("account", one)
        work.update_all("account", [(one, {"owner": rep.principal}) for one in ids[2:]])
    note(rep, "export", module="account", count=700)
    with pytest.raises(AccessDenied):
        list(rep.changes())
    found: dict[Measure, int] = {}
    for act in acts(small):
        if act.user == rep.principal:
            found[act.measure] = found.get(act.measure, 0) + act.amount
    assert found == {"exported": 700, "denied": 1, "deleted": 2, "owner_changed": 10}
    assert {one.decision for one in verdicts(small)} == {"allow"}
    with pytest.raises(AccessDenied):
        acts(rep)
    later(clock, days=40)
    assert acts(small) == []


def test_a_guard_stops_and_the_host_has_the_last_word(small: Workspace, clock: ManualClock) -> None:
    accounts(small, 30)
    settle(small, {"bulk": 5})
    rep = person(small, "小王", "sales_manager")
    limits = {**LIMITS, "exported": LIMITS["exported"].__class__(10, 50)}
    for _ in range(8):
        later(clock, days=1)
        rep.find("account", limit=5)
    words: list[tuple[str, str]] = []

    def hook(verdict: Verdict, about: Note) -> str:
        words.append((verdict.decision, about.kind))
        return "allow" if len(words) == 1 else verdict.decision

    watch(small, hook, limits)  # type: ignore[arg-type]
    later(clock, days=1)
    assert len(rep.find("account", limit=5)) == 5
    assert len(rep.find("account")) == 30
    with pytest.raises(AccessDenied) as refused:
        rep.find("account")
    assert refused.value.code == "watch_block"
    assert "65" in refused.value.message("zh")
    assert words == [("ask", "bulk_read"), ("block", "bulk_read")]
    assert [one["reason"] for one in small.find("crm_audit_entry", "kind == 'denial'")] == [
        "watch_block"
    ]
    with pytest.raises(AccessDenied):
        watch(rep)
