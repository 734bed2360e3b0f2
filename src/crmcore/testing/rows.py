"""Rows as the door would write them, but with ids and moments that are always the same."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from crmcore.clock import to_milliseconds
from crmcore.records import derived_id, layout_of
from crmcore.schema import Module
from crmcore.storage import Row

BEGINNING: Final = datetime(2024, 1, 15, 8, tzinfo=UTC)
"""The moment of the first commit; the others follow second by second."""

_KEY: Final = b"crmcore.testing"


def record_id(number: int) -> str:
    """The id of the record `number`: of three moments, in no order that follows the numbers."""
    return derived_id(to_milliseconds(BEGINNING) + number % 3, _KEY, 0, number)


def change_set_id(number: int) -> str:
    """The id of the change set `number`."""
    return derived_id(to_milliseconds(BEGINNING), _KEY, 1, number)


def salt(number: int) -> str:
    """A salt, as it stands beside every version."""
    return derived_id(0, _KEY, 2, number)


USER_ID: Final = record_id(0)
"""The user in whose name everything is written."""


def moment(number: int) -> datetime:
    """The moment of commit `number`."""
    return BEGINNING + timedelta(seconds=number)


def new_row(module: Module, record: str, commit: int, values: Mapping[str, object]) -> Row:
    """A first version; fields that `values` does not name are empty."""
    at = moment(commit)
    stamps = (record, 1, at, USER_ID, at, USER_ID, change_set_id(commit), salt(commit))
    return (*stamps, *(values.get(one.name) for one in module.stored))


def next_row(
    module: Module,
    former: Row,
    commit: int,
    values: Mapping[str, object],
    version: int | None = None,
) -> Row:
    """The version after `former`, with `values` in the place of those that it had."""
    index = layout_of(module).index
    made = list(former)
    made[1] = version if version is not None else former[1] + 1  # type: ignore[operator]
    made[4], made[5], made[6], made[7] = (
        moment(commit),
        USER_ID,
        change_set_id(commit),
        salt(commit),
    )
    for name, value in values.items():
        made[index[name]] = value
    return tuple(made)
