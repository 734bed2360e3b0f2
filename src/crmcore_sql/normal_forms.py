"""Columns of ours in statements of a host: constants are encoded, results decoded."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, Final

from attrs import frozen
from sqlalchemy import BindParameter, ColumnElement, Text, TypeDecorator, type_coerce
from sqlalchemy.engine import Dialect as Engine
from sqlalchemy.sql import operators
from sqlalchemy.types import NullType, TypeEngine

from crmcore.errors import QueryError
from crmcore.kinds import DecimalKind, Kind
from crmcore.kinds import Text as Word
from crmcore.kinds.money import MONEY_SCALE
from crmcore_sql.codec import Read, encoder, value_decoder
from crmcore_sql.dialect import Codec, Expression
from crmcore_sql.forms import CURRENCY, VALUE, Form, parts

_COMPARED: Final = frozenset(
    {
        operators.eq,
        operators.ne,
        operators.lt,
        operators.le,
        operators.gt,
        operators.ge,
        operators.in_op,
        operators.not_in_op,
        operators.between_op,
        operators.not_between_op,
        operators.is_distinct_from,
        operators.is_not_distinct_from,
    }
)
_ALLOWED: Final = _COMPARED | {
    operators.is_,
    operators.is_not,
    operators.asc_op,
    operators.desc_op,
    operators.nulls_first_op,
    operators.nulls_last_op,
    operators.distinct_op,
}
_CODE: Final = Word(max_length=3)


class NormalForm(TypeDecorator[Any]):
    """The part `form` of values of `kind`, as an engine lays it down.

    Constants may be whatever the kind takes. Where the value in the column is encoded,
    it is compared with constants and with columns of the same sort; what else one would do
    with it raises `QueryError` (`encoded_column`).
    """

    impl = Text
    cache_ok = True

    def __init__(self, codec: Codec, kind: Kind, form: Form) -> None:
        super().__init__()
        self.codec = codec
        self.kind = kind
        self.form: Form = form
        self.impl = codec.column_type(form)  # type: ignore[assignment]
        of_kind: Any = codec, kind, form
        self._encode, self._decode = _coding(*of_kind)

    @property
    def is_plain(self) -> bool:
        """Whether the column holds the value as it is."""
        scale, form = self.kind.scale, self.form
        codec = self.codec
        return codec.encoding(form, scale, "v") == "v" == codec.decoding(form, scale, "v")

    @property
    def sort(self) -> tuple[object, ...]:
        """What two columns share that may be compared as they lie."""
        return ("plain",) if self.is_plain else (self.form, self.kind.scale)

    @property
    def comparator_factory(self) -> Any:  # type: ignore[override]  # pyright: ignore
        """See `TypeEngine.comparator_factory`."""
        factory: Any = self.impl_instance.comparator_factory
        return _guarded(factory)

    def coerce_compared_value(self, op: Any, value: Any) -> TypeEngine[Any]:
        """See `TypeDecorator.coerce_compared_value`: a pattern is no value."""
        is_value = op in _ALLOWED or op is operators.and_  # of BETWEEN
        return self if is_value else self.impl_instance.coerce_compared_value(op, value)

    def process_bind_param(self, value: Any, dialect: Engine) -> Any:
        """See `TypeDecorator.process_bind_param`."""
        found = self.kind.normalize(value)
        return None if found is None else self._encode(found)

    def process_result_value(self, value: Any, dialect: Engine) -> Any:
        """See `TypeDecorator.process_result_value`."""
        return None if value is None else self._decode(value)


class _Guarded(TypeDecorator.Comparator[Any]):
    """Refuses what would silently compute with encoded values."""

    def operate(self, op: Any, *other: Any, **words: Any) -> ColumnElement[Any]:
        """See `Operators.operate`."""
        own = self.expr.type
        assert isinstance(own, NormalForm)
        is_possible = own.is_plain or op in _ALLOWED
        if not is_possible or not all(_fits(own, one) for one in other):
            raise QueryError("encoded_column", kind=own.kind.name)
        return super().operate(op, *other, **words)


@cache
def _guarded(factory: Any) -> type[Any]:
    return type("GuardedComparator", (_Guarded, factory), {})


def _fits(own: NormalForm, other: object) -> bool:
    kind = getattr(other, "type", None)
    if isinstance(kind, NormalForm):
        return kind.sort == own.sort
    is_unknown = not isinstance(kind, TypeEngine) or isinstance(kind, NullType)
    return own.is_plain or is_unknown or isinstance(other, BindParameter)


@cache
def _coding(codec: Codec, kind: Kind, form: Form) -> tuple[Any, Any]:
    if form == "currency" or kind.shape == "typed":
        return str.__str__, _same
    return encoder(codec, kind, form), value_decoder(codec, Read(kind))


def _same(value: object) -> object:
    return value


@frozen
class Shown:
    """One column that people see of a value: what it is called, which part, of which type."""

    name: str
    suffix: str
    type: NormalForm

    def over(self, column: Expression) -> Expression:
        """`column` under the declared name, as the normal form."""
        return type_coerce(column, self.type).label(self.name)


def shown(codec: Codec, fields: Sequence[tuple[str, Kind]]) -> list[list[Shown]]:
    """The columns that people see of each of `fields`, named as declared.

    Money has two, its amount and `…_currency`; of what was typed only the value itself.
    """
    taken = {name for name, _ in fields}
    return [list(_shown(codec, name, kind, taken)) for name, kind in fields]


def _shown(codec: Codec, name: str, kind: Kind, taken: set[str]) -> list[Shown]:
    first = parts(kind)[0]
    if kind.shape != "money":
        return [Shown(name, VALUE, NormalForm(codec, kind, first.form))]
    currency = f"{name}_currency"
    while currency in taken:
        currency += "_"
    taken.add(currency)
    return [
        Shown(name, VALUE, NormalForm(codec, DecimalKind(MONEY_SCALE), "scaled")),
        Shown(currency, CURRENCY, NormalForm(codec, _CODE, "currency")),
    ]
