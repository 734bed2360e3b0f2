"""What every kind of value has: a normal form, an order, a JSON form, a shape in storage."""

from __future__ import annotations

from typing import ClassVar, Literal, NoReturn

from attrs import frozen

from crmcore.errors import Invalid, SchemaError
from crmcore.kinds.plain import shown

Shape = Literal[
    "text",  # str
    "typed",  # canonical str with what was typed beside it
    "integer",  # int, 64 bit signed
    "scaled",  # Decimal of a fixed scale
    "boolean",  # bool
    "date",  # date
    "instant",  # aware datetime, UTC, milliseconds
    "minutes",  # time of day in whole minutes
    "milliseconds",  # timedelta in whole milliseconds
    "money",  # Money: amount of scale 4 and currency
    "id",  # record id: 32 hexadecimal digits
    "codes",  # tuple of str, sorted
    "json",  # canonical JSON text
]
"""How a value is laid down by adapters; every adapter knows each shape, none knows kinds."""

_JSON_PLAIN = (str, int, bool)


@frozen
class Kind:
    """A sort of values. Frozen and compared by content; knows no field and no module."""

    name: ClassVar[str]
    shape: ClassVar[Shape]
    ordered: ClassVar[bool] = True
    """Whether `<` and sorting are defined (texts: only where `sorted`)."""

    @property
    def scale(self) -> int:
        """Digits behind the decimal point of `scaled` values, else 0."""
        return 0

    def normalize(self, value: object) -> object | None:
        """The normal form of `value`, or `None` for an empty one; raises `Invalid`."""
        raise NotImplementedError

    def sort_key(self, value: object) -> object:
        """What a normal form is ordered by; comparable with that of any other value."""
        return value

    def identity(self, value: object) -> object:
        """What two equal values have in common: used for `==`, grouping and uniqueness."""
        return value

    def to_json(self, value: object) -> object:
        """The canonical JSON form of a normal form."""
        if value is None or isinstance(value, _JSON_PLAIN):
            return value
        return str(value)

    def from_json(self, data: object) -> object | None:
        """The normal form of a canonical JSON form; raises `Invalid`."""
        return self.normalize(data)

    def comparable(self, other: Kind) -> bool:
        """Whether values of this kind may be compared with those of `other`."""
        return self.family == other.family

    @property
    def family(self) -> str:
        """Kinds of one family compare with each other."""
        return self.name

    def refuse(self, code: str, value: object, **params: object) -> NoReturn:
        """Raise `Invalid` for `value`; only a short plain form of it goes into the error."""
        facts = {name: shown(fact) for name, fact in params.items()}
        raise Invalid(code, value=shown(value), kind=self.name, **facts)

    def demand(self, holds: bool, parameter: str, accepted: str) -> None:
        """Raise `SchemaError` unless a `parameter` of this kind `holds`."""
        if not holds:
            raise SchemaError("kind_parameter", kind=self.name, name=parameter, accepted=accepted)
