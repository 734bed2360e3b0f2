"""The SQL backend gives the answers of the in-memory one: same values, types, order, refusals."""

from __future__ import annotations

import json
from collections.abc import Iterator
from random import Random

import pytest
from attrs import evolve
from tests.sql.engines import ENGINES, url_of
from tests.sql.questions import Asking
from tests.sql.worlds import Player

from crmcore.query.bound import BoundQuery, BoundSummary
from crmcore.storage import Backend, Intent, Row
from crmcore.storage.memory import MemoryBackend
from crmcore_sql import SqlBackend, open_sql

SEEDS = range(6)
QUESTIONS = 60


@pytest.fixture(params=ENGINES)
def store(request: pytest.FixtureRequest) -> Iterator[SqlBackend]:
    backend = open_sql(url_of(request), create=True)
    yield backend
    backend.close()


def asked(backend: Backend, question: BoundQuery | BoundSummary) -> list[Row]:
    transaction = backend.begin(Intent.READ)
    try:
        if isinstance(question, BoundSummary):
            found = [row for batch in transaction.summarize(question) for row in batch]
            return sorted(found, key=repr)
        return [row for batch in transaction.select(question) for row in batch]
    finally:
        transaction.rollback()


def exact(rows: list[Row]) -> list[str]:
    """Rows with the types of their values."""
    return [repr([(type(value).__name__, shown(value)) for value in row]) for row in rows]


def shown(value: object) -> object:
    """A value whose text tells it from others; the members of JSON have no order."""
    return json.dumps(value, sort_keys=True) if isinstance(value, (dict, list)) else value


@pytest.mark.parametrize("seed", SEEDS)
def test_random_worlds_and_questions(store: SqlBackend, seed: int) -> None:
    random = Random(seed)
    memory = MemoryBackend()
    player = Player([memory, store], random)
    for _ in range(25):
        player.commit()
    asking = Asking(random)
    selective = 0
    for number in range(QUESTIONS):
        past = random.randint(0, player.position + 1) if random.random() < 0.4 else None
        question: BoundQuery | BoundSummary
        question = asking.summary(past) if number % 3 == 0 else asking.listing(past)
        if number % 7 == 0:
            question = asking.versions()
        expected = asked(memory, question)
        assert exact(asked(store, question)) == exact(expected), question
        selective += bool(expected)
        if isinstance(question, BoundQuery) and not question.versions:
            pages(store, question, asked(memory, evolve(question, limit=None)))
    assert player.refusals
    assert selective > QUESTIONS // 4


def pages(store: SqlBackend, question: BoundQuery, expected: list[Row]) -> None:
    """The whole list again, page by page."""
    width = len(question.order) + 1
    page, found = evolve(question, limit=2, after=None), list[Row]()
    for _ in range(len(expected) + 1):
        rows = asked(store, page)
        found += rows
        if len(rows) < 2:
            break
        page = evolve(page, after=rows[-1][-width:])
    assert exact(found) == exact(expected), question
