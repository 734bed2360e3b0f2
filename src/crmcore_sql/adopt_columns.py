"""Columns of a host's table as fields: how a value becomes a normal form, or is refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from typing import Any, Final
from uuid import UUID

from attrs import evolve, field, frozen
from sqlalchemy import Column, Subquery, Table, types

from crmcore.errors import CrmError, SchemaError
from crmcore.kinds import Boolean, Choice, Date, DateTime, Kind, Link, MultiChoice, MultiLink
from crmcore.schema import Field
from crmcore.storage.adopted import AdoptedSource
from crmcore.storage.adopted_keys import KeyForm

HostSource = Table | Subquery
"""What rows are read from."""

Sources = Mapping[str, AdoptedSource]
Decode = Callable[[Any], object]
"""From what SQLAlchemy gives to a normal form; raises `CrmError`."""

_UUID_LENGTHS: Final = (32, 36)


@frozen
class HostColumn:
    """The column of a field, with what the column alone does not tell.

    `zone` is that of moments stored without one; `options` maps what the host stores to
    codes of the field's options.
    """

    column: str
    zone: str | None = None
    options: Mapping[object, str] = field(factory=dict, hash=False)


def key_form_of(column: Column[Any]) -> KeyForm | None:
    """What the type of a key column says of its keys; `None` where they can be no keys."""
    kind = column.type
    if isinstance(kind, types.Uuid):
        return "uuid"
    if isinstance(kind, types.Integer):
        return "integer"
    if isinstance(kind, types.Numeric) and not kind.scale and not isinstance(kind, types.Float):
        return "integer"
    if isinstance(kind, types.String):
        return "uuid" if kind.length in _UUID_LENGTHS else "text"
    return None


def as_key(value: Any) -> object:
    """A key as it is encoded: whole numbers are `int`, whatever the driver makes of them."""
    if isinstance(value, (int, str, UUID)):
        return value
    try:
        return int(value) if value == int(value) else value
    except (TypeError, ValueError, OverflowError):
        return value


def decoder(one: Field, host: HostColumn, zone: str | None, sources: Sources) -> Decode:
    """How values of a column become normal forms of the field `one`."""
    kind = one.kind
    if isinstance(kind, MultiChoice):
        return _codes(kind, host)
    if isinstance(kind, Choice):
        return _option(kind, host)
    if isinstance(kind, Link) and not isinstance(kind, MultiLink):
        return _link(kind, sources)
    if isinstance(kind, Boolean):
        return lambda raw: kind.normalize(bool(raw) if raw in (0, 1) else raw)
    if isinstance(kind, DateTime):
        return evolve(kind, zone=host.zone or kind.zone or zone).normalize
    if isinstance(kind, Date):
        return lambda raw: kind.normalize(_day(raw))
    return kind.normalize


def needs_zone(one: Field, column: Column[Any], host: HostColumn, zone: str | None) -> bool:
    """Whether nothing tells the zone of the moments in `column`."""
    if not isinstance(one.kind, DateTime) or host.zone or one.kind.zone or zone:
        return False
    return not getattr(column.type, "timezone", False)


def _day(raw: object) -> object:
    if isinstance(raw, datetime) and raw.time() == time() and raw.tzinfo is None:
        return date(raw.year, raw.month, raw.day)
    return raw


def _option(kind: Choice, host: HostColumn) -> Decode:
    codes = host.options

    def decode(raw: Any) -> object:
        if raw is None or raw == "":
            return None
        found = codes.get(raw, raw) if codes else raw
        return kind.from_json(str(found) if isinstance(found, int) else found)

    return decode


def _codes(kind: MultiChoice, host: HostColumn) -> Decode:
    codes = host.options

    def decode(raw: Any) -> object:
        if not isinstance(raw, (list, tuple)):
            return kind.normalize(raw)
        return kind.from_json([codes.get(one, one) for one in raw] or None)

    return decode


def _link(kind: Link, sources: Sources) -> Decode:
    def decode(raw: Any) -> object:
        if raw is None:
            return None
        source = sources.get(kind.target)
        if source is not None:
            return source.record(as_key(raw))
        return kind.normalize(raw.hex if isinstance(raw, UUID) else raw)

    return decode


def reason_of(error: CrmError) -> str:
    """Why a value does not fit, without the value of anything else."""
    return error.problems[0].message()


def checked(kind: Kind, decode: Decode) -> Decode:
    """`decode`, which refuses anything unexpected as a value that does not fit `kind`."""

    def safely(raw: Any) -> object:
        try:
            return decode(raw)
        except (TypeError, ValueError, ArithmeticError, AttributeError):
            kind.refuse("not_understood", str(type(raw).__name__))

    return safely


def column_of(
    table: HostSource, name: str, module: str | None = None, field_name: str | None = None
) -> Column[Any]:
    """The column called `name`; raises `SchemaError` (`adopted_column`)."""
    found: Any = table.columns.get(name)
    if found is None:
        raise SchemaError(
            "adopted_column", module=module, field=field_name, table=table.name, column=name
        )
    column: Column[Any] = found
    return column
