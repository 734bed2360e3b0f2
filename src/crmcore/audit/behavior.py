"""Who behaves unlike himself: each person's day against his own former days.

A day is judged by the modified z-score of Iglewicz and Hoaglin ("How to Detect and Handle
Outliers", ASQC 1993): its distance from the median of the former days, in units of 1.4826
times their median absolute deviation. Neither is moved by the few days that were odd.
Everything follows from the acts and the moment alone: the same stream, the same verdict.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from statistics import median
from typing import Final, Literal, get_args

from attrs import frozen

from crmcore.errors import Problem
from crmcore.errors.problem import Language
from crmcore.kinds.temporal import zone_of

Measure = Literal[
    "exported", "opened", "deleted", "denied", "off_hours", "probing", "owner_changed"
]
MEASURES: Final[tuple[Measure, ...]] = get_args(Measure)
Decision = Literal["allow", "ask", "block"]

_SCALE: Final = 1.4826
_SPREAD_OF_USUAL: Final = 0.1
_FEW_DAYS: Final = 5
_FEW_ACTS: Final = 20
_WINDOW: Final = timedelta(days=30)
_NEAR: Final = (-1, 0, 1)
_HOURS: Final = 24


@frozen
class Act:
    """So much of something that somebody did at a moment: rows, records, refusals, …"""

    moment: datetime
    user: str
    measure: Measure
    amount: int = 1


@frozen
class Limit:
    """When a day stands out.

    Up to `floor` nobody is asked, whatever is usual. Beyond, a score above `ask` asks for a
    reason; one above `block` blocks, if the amount is over `most` too. Who has fewer than
    five former days is asked beyond `most`.
    """

    floor: int
    most: int
    ask: float = 3.5
    block: float = 7.0


LIMITS: Final[Mapping[Measure, Limit]] = {
    "exported": Limit(1_000, 5_000),
    "opened": Limit(100, 500),
    "deleted": Limit(20, 200),
    "denied": Limit(5, 30),
    "off_hours": Limit(3, 1_000_000),
    "probing": Limit(8, 32),
    "owner_changed": Limit(30, 200),
}
"""What stands out where a host says nothing else."""


@frozen
class Finding:
    """What stood out: how much, what is usual, and how far the two are apart."""

    measure: Measure
    decision: Decision
    amount: int
    usual: float
    score: float

    @property
    def problem(self) -> Problem:
        """What stood out, with the figures that decide."""
        params = {"amount": self.amount, "usual": f"{self.usual:g}", "score": f"{self.score:.1f}"}
        return Problem(f"watch_{self.measure}", params)

    def message(self, language: Language = "en") -> str:
        """The same in a sentence."""
        return self.problem.message(language)


@frozen
class Verdict:
    """Whether somebody's day may go on: allow, ask for a reason, block; and why."""

    user: str
    decision: Decision
    findings: tuple[Finding, ...] = ()

    @classmethod
    def of(cls, user: str, findings: Sequence[Finding]) -> Verdict:
        """The verdict that `findings` come to: the gravest of them."""
        is_asked = any(one.decision == "ask" for one in findings)
        is_blocked = any(one.decision == "block" for one in findings)
        return cls(user, "block" if is_blocked else "ask" if is_asked else "allow", tuple(findings))

    def message(self, language: Language = "en") -> str:
        """The reasons, a line each; empty where nothing stands out."""
        return "\n".join(one.message(language) for one in self.findings)


def judge(
    acts: Iterable[Act],
    user: str,
    now: datetime,
    zone: str = "UTC",
    limits: Mapping[Measure, Limit] = LIMITS,
) -> Verdict:
    """The verdict on what `user` did on the day of `now`, by what he did on former days."""
    place = zone_of(zone)
    today = now.astimezone(place).date()
    since = now - _WINDOW
    own = [one for one in acts if one.user == user and since <= one.moment <= now]
    local = [(one.moment.astimezone(place), one) for one in own]
    found: list[Finding] = []
    for measure, limit in limits.items():
        if measure == "off_hours":
            amount, former = _off_hours(local, today)
        else:
            amount, former = _days(local, today, measure)
        finding = _finding(measure, limit, amount, former)
        if finding is not None:
            found.append(finding)
    return Verdict.of(user, found)


def _days(
    local: Sequence[tuple[datetime, Act]], today: date, measure: Measure
) -> tuple[int, list[int]]:
    """The amount of today, and of each former day on which anything at all was done."""
    amounts: dict[date, int] = {}
    for moment, act in local:
        day = moment.date()
        amounts[day] = amounts.get(day, 0) + (act.amount if act.measure == measure else 0)
    return amounts.pop(today, 0), list(amounts.values())


def _off_hours(local: Sequence[tuple[datetime, Act]], today: date) -> tuple[int, list[int]]:
    """Acts of today in hours that are not his; former days have none, by what his hours are."""
    former = [moment for moment, _ in local if moment.date() != today]
    days = {moment.date() for moment in former}
    if len(former) < _FEW_ACTS or len(days) < _FEW_DAYS:
        return 0, []
    hours = {(moment.hour + near) % _HOURS for moment in former for near in _NEAR}
    late = [moment for moment, _ in local if moment.date() == today and moment.hour not in hours]
    return len(late), [0] * len(days)


def _finding(measure: Measure, limit: Limit, amount: int, former: Sequence[int]) -> Finding | None:
    if amount <= limit.floor:
        return None
    if len(former) < _FEW_DAYS:
        if amount <= limit.most:
            return None
        return Finding(measure, "ask", amount, 0.0, limit.ask)
    usual = float(median(former))
    spread = _SCALE * float(median(abs(one - usual) for one in former))
    # Who does the same every day has no spread at all: a tenth of it, or one, is none yet.
    score = (amount - usual) / max(spread, _SPREAD_OF_USUAL * usual, 1.0)
    if score <= limit.ask:
        return None
    is_blocked = score > limit.block and amount > limit.most
    return Finding(measure, "block" if is_blocked else "ask", amount, usual, score)
