"""Arguments of the public verbs, checked where they come in: wrong ones get one clear error."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, TypeVar

from crmcore.errors import Invalid, NotFound, Problem
from crmcore.kinds import Text

T = TypeVar("T")
NAME_LENGTH: Final = 200
REASON_LENGTH: Final = 2_000
_ID_LENGTH: Final = 32


def mapping(values: object, module: str) -> Mapping[str, object]:
    """`values` of a record; raises `Invalid` (`not_a_record`)."""
    if not isinstance(values, Mapping):
        raise Invalid("not_a_record", module=module, kind=type(values).__name__)
    for name in values:
        if not isinstance(name, str):
            raise Invalid("not_a_record", module=module, kind=type(name).__name__)
    return values


def text(name: str, value: object, longest: int = NAME_LENGTH) -> str:
    """A text that is kept as it is given: `name` says which; raises `Invalid`."""
    try:
        found = Text(max_length=longest).normalize(value)
    except Invalid as error:
        problems = [Problem(one.code, one.params, None, None, name) for one in error.problems]
        raise Invalid(problems) from None
    if not isinstance(found, str) or found != value:
        raise Invalid("bad_argument", field=name, name=name, wanted="a text")
    return found


def some_text(name: str, value: object, longest: int = NAME_LENGTH) -> str | None:
    """A text, or none; raises `Invalid`."""
    return None if value is None else text(name, value, longest)


def of_type(name: str, value: object, wanted: type[T]) -> T:
    """`value` where it is of the type `wanted`; raises `Invalid` (`bad_argument`)."""
    if not isinstance(value, wanted) or (wanted is int and isinstance(value, bool)):
        raise Invalid("bad_argument", field=name, name=name, wanted=wanted.__name__)
    return value


def several(name: str, value: object) -> Sequence[object]:
    """`value` where it is a sequence; raises `Invalid` (`bad_argument`)."""
    if isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
        return value
    raise Invalid("bad_argument", field=name, name=name, wanted="a list")


def record_id(value: object, module: str) -> str:
    """`value` where it may be the id of a record; raises `NotFound` where it cannot."""
    if isinstance(value, str) and len(value) == _ID_LENGTH and value.isascii():
        return value
    raise NotFound("not_found", module=module)
