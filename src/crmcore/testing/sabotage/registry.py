"""The planted bugs by name."""

from __future__ import annotations

from typing import Final

from attrs import frozen

from crmcore.storage import Backend
from crmcore.testing.sabotage import answers, conditions, values, writing
from crmcore.testing.sabotage.spoiling import PassedOn, Spoiled


@frozen
class Sabotage:
    """One planted bug, and the laws that must find it; the published suite finds each."""

    name: str
    bug: type[PassedOn]
    laws: tuple[str, ...] = ("parity",)

    @property
    def what(self) -> str:
        """What goes wrong, in a sentence."""
        return (self.bug.__doc__ or "").strip()

    def spoil(self, backend: Backend) -> Backend:
        """`backend` with the bug planted."""
        return Spoiled(backend, self.bug)


_VALUES: Final = ("parity", "fidelity")

SABOTAGES: Final[dict[str, Sabotage]] = {
    one.name: one
    for one in (
        Sabotage("null-order", answers.NullOrder),
        Sabotage("choice-order-by-code", answers.ChoiceOrderByCode),
        Sabotage("text-order-by-code-point", answers.TextOrderByCodePoint),
        Sabotage("keyset-skips-ties", answers.KeysetSkipsTies),
        Sabotage("ties-rise", answers.TiesRise),
        Sabotage("sum-overflow", answers.SumOverflow),
        Sabotage("sum-of-nothing", answers.SumOfNothing),
        Sabotage("count-counts-empties", answers.CountsEmpties),
        Sabotage("measure-where-lost", answers.MeasureWhereLost),
        Sabotage("bucket-ignores-zone", answers.BucketIgnoresZone),
        Sabotage("empty-group-lost", answers.EmptyGroupLost),
        Sabotage("three-valued-not", conditions.ThreeValuedNot),
        Sabotage("null-equals-null", conditions.NullEqualsNull),
        Sabotage("text-case", conditions.TextCase),
        Sabotage("like-wildcards", conditions.LikeWildcards),
        Sabotage("excluded-ends", conditions.ExcludedEnds),
        Sabotage("typed-compared", conditions.TypedCompared),
        Sabotage("in-drops-last", conditions.InDropsLast),
        Sabotage("exists-multiplies-rows", conditions.ExistsMultiplies),
        Sabotage("exists-counts-one", conditions.ExistsCountsOne),
        Sabotage("lost-scope", conditions.LostScope),
        Sabotage("lost-path-scope", conditions.LostPathScope),
        Sabotage("lost-child-scope", conditions.LostChildScope),
        Sabotage("scope-of-the-past", conditions.ScopeOfThePast),
        Sabotage("as-of-is-before", conditions.AsOfIsBefore),
        Sabotage("decimal-through-float", values.DecimalThroughFloat, _VALUES),
        Sabotage("scale-lost", values.ScaleLost, _VALUES),
        Sabotage("date-as-instant", values.DateAsInstant, _VALUES),
        Sabotage("milliseconds-lost", values.MillisecondsLost, _VALUES),
        Sabotage("typed-forgotten", values.TypedForgotten, _VALUES),
        Sabotage("boolean-as-integer", values.BooleanAsInteger, _VALUES),
        Sabotage("text-cut", values.TextCut, _VALUES),
        Sabotage("empty-string-not-null", values.EmptyStringNotNull, _VALUES),
        Sabotage("cas-ignored", writing.CasIgnored),
        Sabotage("expect-ignored", writing.ExpectIgnored),
        Sabotage("unique-ignored", writing.UniqueIgnored),
        Sabotage("unique-after-batch", writing.UniqueAfterBatch),
        Sabotage("torn-commit", writing.TornCommit),
        Sabotage("history-not-moved", writing.HistoryNotMoved, _VALUES),
        Sabotage("rewrite-forgets-stamps", writing.RewriteForgetsStamps),
        Sabotage("load-forgets-history", writing.LoadForgetsHistory, ()),
        Sabotage("load-forgets-stamps", writing.LoadForgetsStamps, ()),
        Sabotage("rollback-keeps", writing.RollbackKeeps, ()),
    )
}
"""Every planted bug that works on any backend, by name."""
