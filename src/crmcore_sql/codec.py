"""Rows to columns and back, by code generated once per module or answer.

Names and values of people never enter the code: it is made of positions, and of what the
dialect's codec says about forms.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from attrs import frozen

from crmcore.codegen import compile_function
from crmcore.kinds import Canonical, Kind, Money
from crmcore.kinds.money import MONEY_SCALE
from crmcore.records import layout_of
from crmcore.schema import Module
from crmcore.storage.unique import digests
from crmcore_sql.dialect import Codec
from crmcore_sql.forms import Form, Part, read_parts

Row = tuple[object, ...]
Encode = Callable[[object], object]
RowEncoder = Callable[[Sequence[Row]], list[Row]]


def _typed(value: object) -> str | None:
    return value.typed if isinstance(value, Canonical) else None


_NAMES: Final[Mapping[str, object]] = {
    "typed_of": _typed,
    "plain": str.__str__,
    "Canonical": Canonical,
    "Money": Money,
}


_NO_KEYS: Final[Mapping[str, object]] = {}


def _encoded(codec: Codec, kind: Kind, form: Form, value: str) -> str:
    """One part of a value of `kind`, not empty, as the driver takes it."""
    if form == "typed":
        return f"typed_of({value})"
    if form == "currency":
        return f"{value}.currency"
    if form == "amount":
        return codec.encoding("amount", MONEY_SCALE, f"{value}.amount")
    if kind.shape == "typed":
        return f"plain({value})"
    return codec.encoding(form, kind.scale, value)


def _or_none(value: str, expression: str) -> str:
    return value if expression == value else f"None if {value} is None else {expression}"


def encoder(codec: Codec, kind: Kind, form: Form) -> Encode:
    """A function from a constant of `kind`, not empty, to its part `form` for the driver."""
    source = f"def encode(v):\n return {_encoded(codec, kind, form, 'v')}"
    return compile_function("encode", source, {**_NAMES, **codec.names})


def list_encoder(codec: Codec, kind: Kind, form: Form) -> Encode:
    """A function from constants of `kind` to the one parameter that lists them."""
    item = _encoded(codec, kind, form, "v")
    if kind.shape == "money":
        listed = codec.pairs_encoding(f"[({item}, v.currency) for v in found]")
    elif form == "codes":
        listed = codec.sets_encoding("found")
    else:
        listed = codec.list_encoding(f"[{item} for v in found]")
    source = f"def encode(found):\n return {listed}"
    return compile_function("encode", source, {**_NAMES, **codec.names})


def mapped_encoder(codec: Codec, change: Callable[[Any], object]) -> Encode:
    """A function from constants to the one parameter that lists what `change` makes of them."""
    source = f"def encode(found):\n return {codec.list_encoding('[change(v) for v in found]')}"
    return compile_function("encode", source, {**codec.names, "change": change})


def digest_encoder(codec: Codec, digest: Callable[[object], bytes]) -> Encode:
    """A function from a constant to its digest for the driver."""
    source = f"def encode(v):\n return {codec.encoding('digest', 0, 'digest(v)')}"
    return compile_function("encode", source, {**codec.names, "digest": digest})


@frozen
class Read:
    """One value of an answer: its kind, and whether it is read in full or as its identity."""

    kind: Kind
    identity: bool = False

    @property
    def parts(self) -> tuple[Part, ...]:
        """The columns it is made of."""
        found = read_parts(self.kind)
        return tuple(part for part in found if not self.identity or part.form != "typed")


def decoder(codec: Codec, values: Sequence[Read]) -> Callable[[Sequence[Any]], list[Row]]:
    """A function from rows of the driver to rows of values."""
    names: list[str] = []
    made: list[str] = []
    for value in values:
        own = [f"a{len(names) + index}" for index in range(len(value.parts))]
        names += own
        made.append(_decoded(codec, value, own))
    if made == names:
        return _as_they_are
    pattern, found = ", ".join(names) + ",", ", ".join(made) + ","
    source = f"def decode(rows):\n return [({found}) for ({pattern}) in rows]"
    return compile_function("decode", source, {**_NAMES, **codec.names})


def value_decoder(codec: Codec, value: Read) -> Callable[..., object]:
    """A function from the columns of one value to the value."""
    names = [f"a{index}" for index in range(len(value.parts))]
    source = f"def decode({', '.join(names)}):\n return {_decoded(codec, value, names)}"
    return compile_function("decode", source, {**_NAMES, **codec.names})


def _as_they_are(rows: Sequence[Any]) -> list[Row]:
    return list(rows)


def _decoded(codec: Codec, value: Read, names: list[str]) -> str:
    kind, first = value.kind, names[0]
    if kind.shape == "money":
        amount = codec.decoding("amount", MONEY_SCALE, first)
        return f"None if {first} is None else Money({amount}, {names[1]})"
    if len(names) == 2:
        return f"{first} if {names[1]} is None else Canonical({first}, {names[1]})"
    form = value.parts[0].form
    return _or_none(first, codec.decoding(form, kind.scale, first))


@frozen
class Stored:
    """Where the value of a column comes from: a place in the row and a part, or a key."""

    place: int
    kind: Kind | None
    form: Form


def row_encoder(codec: Codec, module: Module, columns: Sequence[Stored]) -> RowEncoder:
    """A function from rows in stored layout to rows of parameters in the order of `columns`."""
    keys = {f"key{number}": digest for number, digest in digests(module)}
    return tuple_encoder(codec, layout_of(module).stored, columns, keys)


def tuple_encoder(
    codec: Codec, width: int, columns: Sequence[Stored], keys: Mapping[str, object] = _NO_KEYS
) -> RowEncoder:
    """A function from rows of `width` values to rows of parameters; `keys` make digests."""
    made: list[str] = []
    for column in columns:
        if column.kind is None:
            value = f"u{column.place}"
            expression = codec.encoding("digest", 0, value)
            made.append(f"None if ({value} := key{column.place}(row)) is None else {expression}")
        else:
            value = f"r{column.place}"
            made.append(_or_none(value, _encoded(codec, column.kind, column.form, value)))
    pattern = ", ".join(f"r{place}" for place in range(width))
    source = (
        f"def encode(rows):\n return [({', '.join(made)},)"
        f" for row in rows for ({pattern},) in (row,)]"
    )
    return compile_function("encode", source, {**_NAMES, **codec.names, **keys})
