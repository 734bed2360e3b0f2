"""A field: a name, a kind, and what must hold of its values."""

from __future__ import annotations

from typing import Final, Literal, get_args

from attrs import field, frozen

from crmcore.errors import CrmError
from crmcore.kinds import DateTime, Integer, Kind, Labels, Link, LongText, Text
from crmcore.kinds.labels import labels

PresetSource = Literal["me", "today", "now"]
Uniqueness = Literal["exact", "folded"]
Computed = Literal["local", "linked", "roll_up"]
Classification = Literal["public", "internal", "personal", "sensitive"]
CLASSIFICATIONS: Final[tuple[Classification, ...]] = get_args(Classification)
"""How careful one is with a field, from least to most."""


@frozen
class Preset:
    """A default that is known only when a record is made: `me`, `today` or `now`."""

    source: PresetSource


def normal_default(kind: Kind, default: object) -> object:
    """`default` in the normal form of `kind`; as it came where it has none (`check` tells)."""
    if default is None or isinstance(default, Preset):
        return default
    try:
        return kind.normalize(default)
    except CrmError:
        return default


@frozen(cache_hash=True)
class Field:
    """One field of a module.

    `name` is stable for life; an empty name is generated when the schema is adopted.
    `default` is a constant or a `Preset`. `unique` compares values exactly or folded
    (by search key). `classification` is `public`, `internal`, `personal` or `sensitive`;
    values of the last two are a person's, get commitments of their own in the chain and can
    be erased, and roles say whether they open and export them. `encrypted` values lie
    encrypted in the store: only `==`, `in` and whether they are empty may be asked.
    `computed` fields are written by rules alone. `number` and `generation` name the column
    and are given by the schema, not by people.
    """

    name: str
    kind: Kind
    label: Labels = field(default=Labels(), converter=labels)
    help: str | None = None
    required: bool = False
    unique: Uniqueness | None = None
    default: object = None
    indexed: bool = False
    classification: Classification = "internal"
    encrypted: bool = False
    computed: Computed | None = None
    retired: bool = False
    number: int = 0
    generation: int = 1

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "default", normal_default(self.kind, self.default))

    @property
    def personal(self) -> bool:
        """Whether values of this field are a person's: classified personal or sensitive."""
        return self.classification in ("personal", "sensitive")

    @property
    def stored(self) -> bool:
        """Whether values of this field are kept in storage (linked ones are read through)."""
        return self.computed != "linked"


SYSTEM_USER_MODULE: Final = "crm_user"

STAMPS: Final[tuple[Field, ...]] = (
    Field("id", Link("*"), Labels("记录编号", "Record ID"), number=-1),
    Field("version", Integer(), Labels("版本", "Version"), number=-2),
    Field("created_at", DateTime(), Labels("创建时间", "Created at"), number=-3),
    Field("created_by", Link(SYSTEM_USER_MODULE), Labels("创建人", "Created by"), number=-4),
    Field("updated_at", DateTime(), Labels("更新时间", "Updated at"), number=-5),
    Field("updated_by", Link(SYSTEM_USER_MODULE), Labels("更新人", "Updated by"), number=-6),
    Field("change_set", Link("crm_change_set"), number=-7),
    Field("salt", Link("*"), number=-8),
)
"""What every stored record carries beside its fields, in storage order."""

ENDINGS: Final[tuple[Field, ...]] = (
    Field("ended_by", Link("crm_change_set"), number=-9),
    Field("removed", Integer(), number=-10),
)
"""What a former version carries besides: the change set that ended it; 1 if it was removed."""

ASKABLE_STAMPS: Final = frozenset({"id", "created_at", "created_by", "updated_at", "updated_by"})
"""Stamps that people may name in questions."""

STAMP_NAMES: Final = frozenset(stamp.name for stamp in (*STAMPS, *ENDINGS))
"""Names that no field may have."""


def stored_form(kind: Kind) -> tuple[object, ...]:
    """What two kinds have in common that may share a column without converting its values."""
    # Numbers of one scale are the same numbers; a text is not yet a phone, nor an option.
    sort = kind.name
    if kind.shape in ("integer", "scaled"):
        sort = "number"
    elif isinstance(kind, Text | LongText):
        sort = "text"
    target, currency = getattr(kind, "target", None), getattr(kind, "currency", None)
    return kind.shape, sort, kind.scale, target, currency
