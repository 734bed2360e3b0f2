"""Lines are read by a pattern of their module, which says what reading them as JSON would say."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcore import Field, Module, Schema
from crmcore.archive.lines import encoder
from crmcore.archive.modules import ArchivedModule, archived_modules
from crmcore.archive.parsing import FEW, LineParser
from crmcore.clock import from_milliseconds
from crmcore.schema import STAMPS, numbered
from crmcore.storage import Row
from crmcore.testing.canonical import samples
from crmcore.testing.choices import Choices
from crmcore.testing.generate.values import another
from crmcore.testing.rows import record_id
from crmcore.testing.strategies import made

SAMPLES = samples()
STAMP = {"instant": from_milliseconds(1_700_000_000_123), "integer": 7}
HOSTILE = ('"', "\\", "\\u0000", "\\ud800", "\0", ",", "}", "]", "NaN", "1e9", "٣", " ", "-", "0")


def module_of(*left_out: str) -> ArchivedModule:
    """A module that has a field of every kind but those, and a computed one."""
    fields = [
        Field(f"f{number}", one.kind)
        for number, one in enumerate(SAMPLES)
        if one.kind.shape not in left_out
    ]
    fields.append(Field("summed", SAMPLES[0].kind, computed="local"))
    (found,) = archived_modules([numbered(Schema([Module("thing", fields)]))])
    return found


WITH_JSON, MODULE = module_of(), module_of("json")
PARSERS = {id(one): LineParser(one) for one in (WITH_JSON, MODULE)}


def make_row(module: ArchivedModule, choices: Choices) -> Row:
    """A row with values of any kind, many of them empty."""
    known = {f"f{number}": one.values for number, one in enumerate(SAMPLES)}
    values: list[Any] = [
        another(choices, one.kind, known.get(one.name, ("sum", 'a "word"\n')))
        if choices.chance(40)
        else None
        for one in module.whole.stored
    ]
    stamps = [STAMP.get(one.kind.shape, record_id(choices.below(99))) for one in STAMPS]
    ended = (record_id(1), 1) if choices.chance(50) else (None, None)
    return (*stamps, *values, *ended)


def rows_by(module: ArchivedModule, line: bytes, copies: int) -> list[Row] | None:
    """The rows of so many equal lines; `None` where they are none, or not as we write them."""
    parser = LineParser(module) if copies <= FEW else PARSERS[id(module)]
    try:
        rows = parser.rows([line] * copies)
        is_ours = all(encoder(module)(row)[1] == line for row in rows[:1])
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, ArithmeticError):
        return None
    return rows if is_ours else None


@pytest.mark.parametrize("module", [WITH_JSON, MODULE], ids=["with JSON", "without"])
@given(data=st.data())
def test_what_is_written_is_read_by_either_way(module: ArchivedModule, data: st.DataObject) -> None:
    rows = data.draw(
        st.lists(made(lambda choices: make_row(module, choices)), min_size=1, max_size=3)
    )
    lines = [encoder(module)(row)[1] for row in rows]
    assert LineParser(module).rows(lines) == rows
    many = PARSERS[id(module)].rows(lines * FEW + lines)
    assert many == rows * FEW + rows
    assert [list(map(type, row)) for row in many[: len(rows)]] == [
        list(map(type, row)) for row in rows
    ]


@given(data=st.data())
def test_what_was_changed_is_the_same_by_either_way(data: st.DataObject) -> None:
    row = data.draw(made(lambda choices: make_row(MODULE, choices)))
    text = encoder(MODULE)(row)[1].decode()
    start = data.draw(st.integers(0, len(text)))
    width = data.draw(st.integers(0, 3))
    put = data.draw(st.sampled_from(HOSTILE) | st.text("0123456789abT:Z.-", max_size=3))
    changed = (text[:start] + put + text[start + width :]).encode("utf-8", "surrogatepass")
    slowly, quickly = rows_by(MODULE, changed, 1), rows_by(MODULE, changed, FEW + 1)
    assert (slowly is None) == (quickly is None)
    assert slowly is None or quickly is None or slowly[0] == quickly[0] == quickly[-1]
