"""Parameters of a statement: which constant of a question each carries, and in what form."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from attrs import define, field
from sqlalchemy import ClauseElement, bindparam
from sqlalchemy import Dialect as Engine
from sqlalchemy.types import TypeEngine

from crmcore.codegen import compile_function
from crmcore.kinds import Kind, order_key
from crmcore.kinds.unicode import SORT_KEY_LENGTH
from crmcore.storage.unique import value_digest
from crmcore_sql.codec import Encode, digest_encoder, encoder, list_encoder, mapped_encoder
from crmcore_sql.dialect import Codec, Parameter
from crmcore_sql.forms import LISTED, Form, max_length

Bind = Callable[[Sequence[object]], Any]


@define
class Parameters:
    """The parameters of one statement while it is being made.

    A parameter made from a slot carries that constant of whatever question is asked; a
    fixed one always the same value. Neither ever shows in the text of the statement.
    """

    codec: Codec
    slots: Mapping[int, int]
    _sources: dict[str, tuple[int, Encode | None]] = field(factory=dict)
    _fixed: dict[str, object] = field(factory=dict)

    def slot_of(self, node: object) -> int:
        """Which constant `node` holds."""
        return self.slots[id(node)]

    def carry(self, slot: int, name: str, form: Form, encode: Encode | None) -> Parameter:
        """The constant in `slot`, encoded; `name` tells encodings of one slot apart."""
        found = f"s{slot}_{name}"
        return self._made(found, slot, encode, self._type(form))

    def _carry_list(self, slot: int, name: str, form: Form, encode: Encode) -> Parameter:
        found = f"s{slot}_{name}"
        return self._made(found, slot, encode, self.codec.list_type(form))

    def _made(
        self, name: str, slot: int, encode: Encode | None, kind: TypeEngine[Any]
    ) -> Parameter:
        self._sources[name] = (slot, encode)
        return bindparam(name, type_=kind)

    def value(self, slot: int, kind: Kind, form: Form) -> Parameter:
        """The part `form` of the constant of `kind` in `slot`."""
        return self.carry(slot, form, form, encoder(self.codec, kind, form))

    def listed(self, slot: int, kind: Kind, form: Form) -> Parameter:
        """The list of constants of `kind` in `slot`."""
        encode = list_encoder(self.codec, kind, form)
        if kind.shape == "money":
            return self.carry(slot, "list", "json", encode)
        # In a list, a text that may be long is of a form without a limit.
        carried = "json" if form == "text" and max_length(kind) > LISTED else form
        return self._carry_list(slot, "list", carried, encode)

    def order_key(self, slot: int) -> Parameter:
        """The part of the search key of the text in `slot` that takes part in an order."""
        return self.carry(slot, "order", "key", order_key)  # type: ignore[arg-type]

    def order_keys(self, slot: int) -> Parameter:
        """The list of what `order_key` gives for the texts in `slot`."""
        return self._carry_list(slot, "orders", "key", mapped_encoder(self.codec, order_key))

    def cut_key(self, slot: int) -> Parameter:
        """The search key in `slot`, as far as it takes part in an order."""
        return self.carry(slot, "cut", "key", _cut)

    def codes(self, slot: int) -> Parameter:
        """The codes in `slot`."""
        return self._carry_list(slot, "codes", "currency", mapped_encoder(self.codec, str))

    def digest(self, slot: int, kind: Kind) -> Parameter:
        """The digest of the constant of `kind` in `slot`, as an exact unique key has it."""
        encode = digest_encoder(self.codec, value_digest(kind))
        return self.carry(slot, "digest", "digest", encode)

    def digests(self, slot: int, kind: Kind) -> Parameter:
        """The list of what `digest` gives for the constants in `slot`."""
        digest = digest_encoder(self.codec, value_digest(kind))
        return self._carry_list(slot, "digests", "digest", mapped_encoder(self.codec, digest))

    def fixed(self, value: object, form: Form) -> Parameter:
        """A value that belongs to the statement, such as the code of an option."""
        name = f"f{len(self._fixed)}"
        self._fixed[name] = value
        return bindparam(name, type_=self._type(form))

    def _type(self, form: Form) -> TypeEngine[Any]:
        return self.codec.column_type(form)

    def compiled(self, statement: ClauseElement, engine: Engine) -> tuple[str, Bind]:
        """The text of `statement`, and the function from constants to its parameters."""
        made = statement.compile(dialect=engine, compile_kwargs={"render_postcompile": True})
        names: list[str] = getattr(made, "positiontup", None) or []
        values = made.params or {}
        by_name = not names
        wanted = list(values) if by_name else names
        scope: dict[str, object] = {}
        items = [self._source(scope, name, values[name]) for name in wanted]
        if by_name:
            pairs = zip(wanted, items, strict=True)
            found = "{" + ", ".join(f"{name!r}: {item}" for name, item in pairs) + "}"
        else:
            found = f"({''.join(item + ', ' for item in items)})"
        bind = compile_function("bind", f"def bind(c):\n return {found}", scope)
        return str(made), bind

    def _source(self, scope: dict[str, object], name: str, default: object) -> str:
        index = len(scope)
        if name in self._sources:
            slot, encode = self._sources[name]
            if encode is None:
                return f"c[{slot}]"
            scope[f"e{index}"] = encode
            return f"e{index}(c[{slot}])"
        scope[f"v{index}"] = self._fixed.get(name, default)
        return f"v{index}"


@define
class HeldParameters(Parameters):
    """Parameters that carry the `constants` of one question, in a statement of a host."""

    constants: Sequence[object] = ()

    def fixed(self, value: object, form: Form) -> Parameter:
        """See `Parameters.fixed`."""
        return bindparam(None, value, type_=self._type(form))

    def _made(
        self, name: str, slot: int, encode: Encode | None, kind: TypeEngine[Any]
    ) -> Parameter:
        value = self.constants[slot]
        return bindparam(None, value if encode is None else encode(value), type_=kind)


def _cut(key: object) -> object:
    return key[:SORT_KEY_LENGTH]  # type: ignore[index]
