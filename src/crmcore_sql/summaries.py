"""Summaries: a bound summary as prepared statements, their rows finished in Python."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from attrs import frozen
from sqlalchemy import Dialect as Engine
from sqlalchemy import Select, func

from crmcore.kinds import Money
from crmcore.query.bound import TRUE, BoundMeasure, BoundSummary
from crmcore_sql.codec import Row
from crmcore_sql.dialect import Condition, Dialect
from crmcore_sql.figures import Counting, Figure, Finish, is_money_sum, money_sum
from crmcore_sql.forms import CURRENCY
from crmcore_sql.layout import TablesOf
from crmcore_sql.lists import Statement, new_context
from crmcore_sql.predicates import condition
from crmcore_sql.relations import Context
from crmcore_sql.signature import Signature

Sums = Mapping[Row, object]
"""The figures of one statement of sums, by the columns of their group."""


@frozen
class SumsPlan:
    """A statement for one figure at `place` of the answer: groups, currency, parts of sums."""

    statement: Statement
    place: int
    groups: int

    def collected(self, rows: Sequence[Row]) -> Sums:
        """The sums of each group, in the order of their currencies."""
        found: dict[Row, list[Money]] = {}
        for row in rows:
            money = money_sum(row[self.groups + 1 :], row[self.groups])
            found.setdefault(_group_of(row, self.groups), []).append(money)
        return {
            group: tuple(sorted(sums, key=lambda money: money.currency))
            for group, sums in found.items()
        }


@frozen
class SummaryPlan:
    """The statements of a summary; each value is finished from a range of columns.

    The first `groups` columns are those of the groups. `question` keeps what the plan was
    made for.
    """

    question: object
    statement: Statement
    finishes: tuple[tuple[int, int, Finish], ...]
    groups: int
    sums: tuple[SumsPlan, ...]

    def finished(self, rows: Sequence[Row], sums: Sequence[Sums]) -> list[Row]:
        """Rows of the answer; `sums` holds what the statements of `self.sums` gave."""
        found: list[Row] = []
        for row in rows:
            values = [finish(*row[first:last]) for first, last, finish in self.finishes]
            for plan, by_group in zip(self.sums, sums, strict=True):
                values[plan.place] = by_group.get(_group_of(row, self.groups))
            found.append(tuple(values))
        return found


def _group_of(row: Row, count: int) -> Row:
    """The first columns of a row: some drivers give sets of codes as lists."""
    return tuple([tuple(one) if isinstance(one, list) else one for one in row[:count]])


def plan_summary(
    query: BoundSummary, signature: Signature, dialect: Dialect, tables: TablesOf, engine: Engine
) -> SummaryPlan:
    """The prepared statements for questions of the shape of `query`."""
    context = new_context(dialect, tables, signature, past=query.as_of is not None)
    made = Counting(context, query)
    groups = [made.group(group) for group in query.groups]
    figures = [made.figure(measure) for measure in query.measures]
    columns = [column for figure in figures for column in figure.columns]

    def prepared(found: Select[tuple[object, ...]]) -> Statement:
        return Statement(*context.parameters.compiled(found, engine))

    statement = prepared(made.statement(groups, columns or [func.count()], []))
    width = sum(len(group.columns) for group in groups)
    sums = tuple(
        SumsPlan(prepared(_sums(context, query, measure)), len(groups) + index, width)
        for index, measure in enumerate(query.measures)
        if is_money_sum(measure)
    )
    return SummaryPlan(query, statement, _finishes([*groups, *figures]), width, sums)


def _finishes(figures: Sequence[Figure]) -> tuple[tuple[int, int, Finish], ...]:
    found: list[tuple[int, int, Finish]] = []
    first = 0
    for figure in figures:
        last = first + len(figure.columns)
        found.append((first, last, figure.finish))
        first = last
    return tuple(found)


def _sums(
    context: Context, query: BoundSummary, measure: BoundMeasure
) -> Select[tuple[object, ...]]:
    """One sum of money of any currency, per group and currency."""
    made = Counting(context, query)
    assert measure.ref is not None
    groups = [made.group(group) for group in query.groups]
    groups.append(Figure((made.frame.column(measure.ref, CURRENCY),), str))
    amount = made.frame.column(measure.ref)
    terms: list[Condition] = [amount.is_not(None)]
    if measure.where != TRUE:
        terms.append(condition(made.frame, measure.where))
    return made.statement(groups, context.dialect.expressions.exact_sum(amount), terms)
