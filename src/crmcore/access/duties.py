"""Duties that are kept apart (职责分离): nobody both creates and approves contracts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from attrs import field, frozen

from crmcore.access.roles import EVERY_MODULE, OF_THE_WORKSPACE, OPERATIONS
from crmcore.errors import SchemaError
from crmcore.kinds import Labels
from crmcore.kinds.labels import labels
from crmcore.schema import Schema

_FEWEST: Final = 2


@frozen
class Duty:
    """An operation on records of `module`; `*` stands for one and the same module in a rule."""

    operation: str
    module: str = EVERY_MODULE

    def __attrs_post_init__(self) -> None:
        if self.operation not in OPERATIONS:
            known = ", ".join(OPERATIONS)
            raise SchemaError("unknown_operation", name=self.operation, known=known)

    @property
    def is_general(self) -> bool:
        """Whether it is about any module, the same as others in its rule."""
        return self.module == EVERY_MODULE and self.operation not in OF_THE_WORKSPACE


@frozen
class DutyRule:
    """Nobody has all of `duties`; with `block` whatever would give them to somebody is refused.

    Whether somebody has a duty is whether his roles open any record to it, now or in a time
    that they were already given for. Raises `SchemaError` for fewer than two duties.
    """

    name: str
    duties: tuple[Duty, ...] = field(converter=tuple[Duty, ...])
    block: bool = True
    label: Labels = field(default=Labels(), converter=labels)

    def __attrs_post_init__(self) -> None:
        if len(set(self.duties)) < _FEWEST:
            raise SchemaError("bad_duties", name=self.name)

    def combinations(self, schema: Schema) -> Iterable[tuple[tuple[str, str], ...]]:
        """The (module, operation) pairs that nobody has together, module by module for `*`."""
        modules = [one.name for one in schema.modules if not one.name.startswith("crm_")]
        general = [one for one in self.duties if one.is_general]
        for name in modules if general else (EVERY_MODULE,):
            yield tuple(
                (name if one in general else one.module, one.operation) for one in self.duties
            )


def duty_rule_values(rule: DutyRule) -> dict[str, object]:
    """What a record of `crm_duty_rule` holds for `rule`."""
    return {
        "name": rule.name,
        "label_zh": rule.label.zh,
        "label_en": rule.label.en,
        "duties": [{"operation": one.operation, "module": one.module} for one in rule.duties],
        "block": rule.block,
    }


def duty_rule_of(values: Mapping[str, object]) -> DutyRule:
    """The rule that a record of `crm_duty_rule` is; raises `SchemaError` (`bad_duties`)."""
    name, data = str(values.get("name")), values.get("duties")
    zh, en = values.get("label_zh"), values.get("label_en")
    if not isinstance(data, list | tuple):
        raise SchemaError("bad_duties", name=name)
    label = Labels(None if zh is None else str(zh), None if en is None else str(en))
    return DutyRule(name, [_duty(name, one) for one in data], values.get("block") is True, label)


def _duty(rule: str, data: object) -> Duty:
    sound = isinstance(data, Mapping) and {"operation"} <= set(data) <= {"operation", "module"}
    if not sound or not isinstance(data, Mapping):
        raise SchemaError("bad_duties", name=rule)
    return Duty(str(data["operation"]), str(data.get("module", EVERY_MODULE)))
