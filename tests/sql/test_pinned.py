"""Differences to the definition that generated questions once found, each for good."""

from __future__ import annotations

from crmcore.kinds import AnyMoney, Labels, MultiChoice, Option
from crmcore.query.ast import GroupBy, Measure, Summary
from crmcore.schema import Field, Module
from crmcore.testing import Case, Commit, Create, Figures, World

CASE = Case(
    world=World(
        modules=(
            Module(
                name="thing",
                fields=(
                    Field(name="group", kind=AnyMoney(), number=2),
                    Field(
                        name="null",
                        kind=MultiChoice(
                            options=(
                                Option(code="won", label=Labels(zh="赢单")),
                                Option(code="lost", label=Labels(zh="输单")),
                                Option(code="a' or 1=1 --"),
                                Option(code="键"),
                                Option(code="$where", retired=True),
                                Option(code="10"),
                                Option(code="9"),
                            ),
                        ),
                        number=4,
                    ),
                ),
                number=100,
            ),
        ),
        commits=(
            Commit(
                acts=(
                    Create(
                        module="thing",
                        record="018d0c22700178348f7bf9b68a7274fe",
                        values={"null": ("a' or 1=1 --", "lost")},
                    ),
                ),
                position=1,
            ),
        ),
    ),
    asks=(
        Figures(
            summary=Summary(
                module="thing",
                by=(GroupBy(path=("null",)),),
                measures=(Measure(function="sum", path=("group",)),),
            ),
        ),
    ),
)


def test_sums_of_money_by_sets_of_codes() -> None:
    """PostgreSQL's driver gives sets as lists, which are no keys."""
    CASE.check("postgresql")
