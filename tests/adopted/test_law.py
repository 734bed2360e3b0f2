"""The law: the same rows in a module of our own and in an adopted one give the same answers."""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, create_engine
from tests.adopted.conftest import Databased
from tests.adopted.sources import (
    Adoption,
    RowsSource,
    is_of_the_past,
    marked,
    played,
    remaining,
)
from tests.adopted.tables import hosted

from crmcore.errors import CrmError
from crmcore.query.mentions import modules_in
from crmcore.testing.asking import bind
from crmcore.testing.choices import Choices, seeded
from crmcore.testing.generate import Setting, make_ask, make_setting
from crmcore.testing.play import Refused
from crmcore.testing.strategies import choices
from crmcore_sql import open_sql

QUESTIONS = 6


def adoption(source: Choices) -> tuple[Adoption, Setting]:
    """A world of which some modules are adopted."""
    setting = make_setting(source, most=6)
    ordinary, rows = played(setting)
    names = [one.name for one in setting.world.modules]
    chosen = source.several(names, 1, len(names))
    schema = marked(setting.world.schema, chosen)
    able = source.chance(50)
    sources = {name: RowsSource(rows[name], able) for name in chosen}
    return Adoption(schema, ordinary, remaining(schema, rows), sources), setting


def asked(source: Choices, made: Adoption, setting: Setting) -> str | None:
    """Ask one question of both stores; what sort of answer it had."""
    ask = make_ask(source, setting)
    try:
        plain = bind(setting.world.schema, ask)
        question = bind(made.schema, ask)
    except CrmError:
        return None
    expected, found = made.outcomes(ask, plain, question)
    if not is_of_the_past(ask):
        assert found == expected, ask
        return "refused" if isinstance(found, Refused) else "some" if found else "none"
    if any(one.keeping == "adopted" for one in modules_in(question).values()):
        assert isinstance(found, Refused)
        assert found.code == "adopted_no_past"
    return None


@given(st.data())
def test_an_adopted_module_answers_as_one_of_our_own(data: st.DataObject) -> None:
    source = choices(data.draw)
    made, setting = adoption(source)
    for _ in range(QUESTIONS):
        asked(source, made, setting)


@settings(max_examples=15)
@given(st.data())
def test_a_table_of_a_host_answers_as_a_module_of_our_own(data: st.DataObject) -> None:
    in_tables(choices(data.draw))


def in_tables(source: Choices) -> list[str | None]:
    """Questions about a world whose adopted modules lie in tables of SQLite."""
    with tempfile.TemporaryDirectory() as folder:
        engine = create_engine(f"sqlite:///{Path(folder) / 'erp.db'}")
        found = answers(source, engine)
        engine.dispose()
    return found


@pytest.mark.parametrize("ordinal", range(8))
def test_tables_of_every_engine_answer_so(database: Databased, ordinal: int) -> None:
    assert len(answers(seeded(11, ordinal), database())) == QUESTIONS


def answers(source: Choices, engine: Engine) -> list[str | None]:
    """Ask questions about a world of which some modules lie in tables of a host of `engine`."""
    setting = make_setting(source, most=6)
    ordinary, rows = played(setting)
    names = [one.name for one in setting.world.modules]
    schema = marked(setting.world.schema, source.several(names, 1, len(names)))
    backend = open_sql(engine, create=True)
    remaining(schema, rows, backend)
    made = Adoption(schema, ordinary, backend, hosted(engine, backend, schema, rows))
    return [asked(source, made, setting) for _ in range(QUESTIONS)]


def test_the_questions_are_worth_asking() -> None:
    told: Counter[str | None] = Counter()
    for ordinal in range(40):
        source = seeded(7, ordinal)
        made, setting = adoption(source)
        told.update(asked(source, made, setting) for _ in range(QUESTIONS))
    assert told["some"] > 40
    assert told["none"] > 10
