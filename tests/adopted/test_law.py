"""The law: the same rows in a module of our own and in an adopted one give the same answers."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from tests.adopted.sources import (
    Adoption,
    RowsSource,
    is_of_the_past,
    marked,
    played,
    remaining,
)

from crmcore.errors import CrmError
from crmcore.query.mentions import modules_in
from crmcore.testing.asking import bind
from crmcore.testing.choices import Choices
from crmcore.testing.generate import make_ask, make_setting
from crmcore.testing.play import Refused
from crmcore.testing.strategies import Draw, choices


def adoption(source: Choices) -> tuple[Adoption, object]:
    """A world of which some modules are adopted."""
    setting = make_setting(source, most=6)
    ordinary, rows = played(setting)
    names = [one.name for one in setting.world.modules]
    chosen = source.several(names, 1, len(names))
    schema = marked(setting.world.schema, chosen)
    able = source.chance(50)
    sources = {name: RowsSource(rows[name], able) for name in chosen}
    return Adoption(schema, ordinary, remaining(schema, rows), sources), setting


@given(st.data())
def test_an_adopted_module_answers_as_one_of_our_own(data: st.DataObject) -> None:
    source = choices(data.draw)
    made, setting = adoption(source)
    for _ in range(4):
        ask = make_ask(source, setting)  # type: ignore[arg-type]
        try:
            plain = bind(setting.world.schema, ask)  # type: ignore[attr-defined]
            question = bind(made.schema, ask)
        except CrmError:
            continue
        expected, found = made.outcomes(ask, plain, question)
        if not is_of_the_past(ask):
            assert found == expected
        elif any(one.keeping == "adopted" for one in modules_in(question).values()):
            assert isinstance(found, Refused)
            assert found.code == "adopted_no_past"


__all__ = ["Draw", "adoption"]
