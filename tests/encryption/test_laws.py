"""The law: what may be asked of an encrypted field is answered as if it lay open."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.encryption.conftest import BACKENDS, KEYS, SERVERS

from crmcore import Field, Module
from crmcore.encrypting import encrypting
from crmcore.errors import Duplicate
from crmcore.kinds import Json, Kind, MultiChoice
from crmcore.query import ast
from crmcore.query.bind import Binder
from crmcore.query.bound import ID_REF, BoundQuery, full_columns
from crmcore.records import layout_of
from crmcore.storage import Backend, Insert
from crmcore.testing.asking import SYSTEM
from crmcore.testing.conformance.desk import Desk
from crmcore.testing.generate.schemas import sample_values
from crmcore.testing.generate.values import another
from crmcore.testing.rows import new_row, record_id
from crmcore.testing.strategies import made
from crmcore.work.opening import open_backend

KINDS = {
    name: found for name, found in sample_values().items() if not isinstance(found[0], MultiChoice)
}
DEEP = os.environ.get("CRMCORE_TRIES") == "deep"


def few(examples: int) -> settings:
    """So many examples; in depth very many."""
    return settings(
        max_examples=300 if DEEP else examples,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )


def module_of(kinds: dict[str, Kind], *, unique: bool = False) -> Module:
    """For each kind a field that lies open, and one that is encrypted."""
    key = "exact" if unique else None
    fields: list[Field] = []
    for number, (name, kind) in enumerate(sorted(kinds.items())):
        fields.append(Field(f"open_{name}", kind, unique=key, number=2 * number + 1))
        fields.append(
            Field(f"hidden_{name}", kind, unique=key, encrypted=True, number=2 * number + 2)
        )
    return Module("thing", fields, number=100)


@st.composite
def pools(draw: Any) -> dict[str, list[Any]]:
    """A few values of each kind, some of them none."""

    def make(choices: Any) -> dict[str, list[Any]]:
        found: dict[str, list[Any]] = {}
        for name, (kind, known) in KINDS.items():
            values = [another(choices, kind, known) for _ in range(3)]
            found[name] = [*values, *choices.several(known, 1, 2), None]
        return found

    found: dict[str, list[Any]] = draw(made(make))
    return found


def desk_at(backend: Backend, pool: dict[str, list[Any]]) -> Desk:
    """A store with records of all values, each once in the open and once encrypted."""
    module = module_of({name: kind for name, (kind, _) in KINDS.items()})
    desk = Desk.at(backend, module)
    most = max(len(values) for values in pool.values())
    rows = []
    for number in range(most + 2):
        values: dict[str, Any] = {}
        for name, some in pool.items():
            value = some[number % len(some)]
            values[f"open_{name}"] = values[f"hidden_{name}"] = value
        rows.append(new_row(module, record_id(number), 0, values))
    with desk.writing() as transaction:
        transaction.apply([Insert(module, rows)])
    return desk


def asked(desk: Desk, where: ast.Node) -> list[Any]:
    module = desk.schema.module("thing")
    condition = Binder(desk.schema, SYSTEM.reader).condition(module, where)
    return sorted(row[0] for row in desk.rows(BoundQuery(module, (ID_REF,), condition)))


def agree(desk: Desk, pool: dict[str, list[Any]]) -> None:
    """Every question of equality, membership and emptiness gets the same answer of both."""
    for name, values in pool.items():
        for question in questions(KINDS[name][0], values):
            found = [asked(desk, question(f"{how}_{name}")) for how in ("open", "hidden")]
            assert found[0] == found[1], (name, question("x"))
    module = desk.schema.module("thing")
    index = layout_of(module).index
    for row in desk.rows(BoundQuery(module, full_columns(module))):
        for name in pool:
            hidden, plain = row[index[f"hidden_{name}"]], row[index[f"open_{name}"]]
            assert hidden == plain
            assert type(hidden) is type(plain)
            assert getattr(hidden, "typed", None) == getattr(plain, "typed", None)


def questions(kind: Kind, values: list[Any]) -> Iterator[Any]:
    yield lambda name: ast.Compare("==", ast.Name(name), ast.Value(None))
    yield lambda name: ast.Compare("!=", ast.Name(name), ast.Value(None))
    if isinstance(kind, Json):
        return
    for value in values:
        if value is not None:
            for comparator in ("==", "!="):
                yield lambda name, c=comparator, v=value: ast.Compare(
                    c, ast.Name(name), constant(kind, v)
                )
    some = [constant(kind, one) for one in values[:2] if one is not None]
    yield lambda name: ast.Compare("in", ast.Name(name), ast.Items(some))
    yield lambda name: ast.Not(ast.Compare("in", ast.Name(name), ast.Items(some)))


def constant(kind: Kind, value: Any) -> ast.Node:
    if kind.shape == "money":
        return ast.Call("money", [ast.Value(value.amount), ast.Value(value.currency)])
    return ast.Value(value)


@given(pool=pools())
@few(5)
def test_answers_are_those_of_the_open_field_in_memory(pool: dict[str, list[Any]]) -> None:
    agree(desk_at(encrypting(open_backend("memory://", create=True), KEYS), pool), pool)


@given(pool=pools())
@few(1)
def test_answers_are_those_of_the_open_field_in_a_file(
    tmp_path: Path, pool: dict[str, list[Any]]
) -> None:
    number = next(_NUMBERS)
    backend = encrypting(open_backend(f"sqlite:///{tmp_path}/{number}.db", create=True), KEYS)
    try:
        agree(desk_at(backend, pool), pool)
    finally:
        backend.close()


_NUMBERS = count()


@pytest.mark.parametrize("name", [one for one in BACKENDS if one in SERVERS])
def test_answers_are_those_of_the_open_field_on_servers(
    request: pytest.FixtureRequest, name: str
) -> None:
    pool = {one: [*known[:5], None] for one, (_, known) in KINDS.items()}
    url = request.getfixturevalue(SERVERS[name])("law")
    backend = encrypting(open_backend(url, create=True), KEYS)
    try:
        agree(desk_at(backend, pool), pool)
    finally:
        backend.close()


@pytest.mark.parametrize("name", sorted(one for one in KINDS if one not in ("json", "long_text")))
def test_keys_collide_where_those_of_the_open_field_do(name: str) -> None:
    kind, known = KINDS[name]
    module = module_of({name: kind}, unique=True)
    for first in known[:4]:
        for second in known[:4]:
            found = []
            for how in ("open", "hidden"):
                backend = encrypting(open_backend("memory://", create=True), KEYS)
                desk = Desk.at(backend, module)
                field = f"{how}_{name}"
                rows = [
                    new_row(module, record_id(number), 0, {field: value})
                    for number, value in enumerate((first, second))
                ]
                found.append(_collides(desk, Insert(module, rows)))
            assert found[0] == found[1]


def _collides(desk: Desk, write: Insert) -> bool:
    try:
        with desk.writing() as transaction:
            transaction.apply([write])
    except Duplicate:
        return True
    return False
