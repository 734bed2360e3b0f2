"""Separation of duties: rules set and lifted, and who has what nobody should have together."""

from __future__ import annotations

from crmcore.access import Duty, DutyRule, duty_rule_values
from crmcore.access.roles import EVERY_MODULE
from crmcore.errors import Language, NotFound
from crmcore.query.bound import ID_REF, BoundQuery, Ref, Within
from crmcore.reviewing.wording import named, names_of, operation_word, table_of
from crmcore.schema.reserved import DUTY_RULE
from crmcore.tables import Table
from crmcore.work import Workspace
from crmcore.work.configuring import check_right
from crmcore.work.separating import Violation, violations
from crmcore.work.session import Session


def separate(crm: Workspace, rule: DutyRule) -> str:
    """Keep the duties of `rule` apart from now on; the operation, for `Workspace.undo`.

    Modules may be named by label. Raises `AccessDenied` for who may not configure the
    workspace, `SchemaError`, and with `block` `Invalid` (`duties_together`) where somebody
    comes to have them by the same change; who has them already is listed by `conflicts`.
    """
    with crm.work(reason="separation of duties") as work:
        unit = work._unit
        check_right(unit.session)
        schema = unit.session.schema
        duties = [
            one
            if one.module == EVERY_MODULE
            else Duty(one.operation, schema.module(one.module).name)
            for one in rule.duties
        ]
        values = duty_rule_values(DutyRule(rule.name, duties, rule.block, rule.label))
        known = _known(unit.session, rule.name)
        if known is None:
            unit.system_door.create(DUTY_RULE, [_given(values)])
        else:
            unit.system_door.update(DUTY_RULE, [(known, None, values)])
        return work.operation


def unite(crm: Workspace, name: str) -> str:
    """Lift the rule called `name`; the operation. Raises `NotFound`, `AccessDenied`."""
    with crm.work(reason="separation of duties") as work:
        unit = work._unit
        check_right(unit.session)
        known = _known(unit.session, name)
        if known is None:
            raise NotFound("not_found", module=DUTY_RULE.name, record=name)
        unit.system_door.delete(DUTY_RULE, [(known, None)])
        return work.operation


def conflicts(crm: Workspace) -> list[Violation]:
    """Whoever has duties together that some rule keeps apart, by rule and user.

    Raises `AccessDenied` for who may not configure the workspace.
    """
    with crm._store.reading(crm.principal) as session:
        check_right(session)
        reader = session.reader
        return list(violations(session.configuration, reader.now, reader.zone))


def conflict_table(crm: Workspace, found: list[Violation], language: Language = "zh") -> Table:
    """Violations as a table for people."""
    names = names_of(crm.schema)
    rows = (
        (
            one.rule.label.shown(language, one.rule.name),
            one.name,
            "; ".join(
                f"{operation_word(operation, language)} {named(names, module, language)}"
                for module, operation in one.places
            ),
        )
        for one in found
    )
    columns = (
        ("rule", "规则", "Rule"),
        ("user", "用户", "User"),
        ("duties", "同时拥有", "Has together"),
    )
    return table_of(columns, rows, language)


def _known(session: Session, name: str) -> str | None:
    query = BoundQuery(DUTY_RULE, (ID_REF,), Within(Ref((), DUTY_RULE.by_name["name"]), (name,)))
    return next((str(row[0]) for row in session.rows(query)), None)


def _given(values: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in values.items() if value is not None}
