"""Configuration as records: schema and computed fields as definitions, users, roles, settings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from crmcore.access import Role, User, grants_from_json
from crmcore.errors import WorkspaceError
from crmcore.kinds import Labels
from crmcore.query.bound import BoundQuery, full_columns
from crmcore.records import Record, layout_of
from crmcore.rules import ComputedRule, Formula, LinkedField, RollUp
from crmcore.schema import Module, Schema
from crmcore.schema.codec import schema_from_json
from crmcore.schema.reserved import DEFINITION, ROLE, SETTING, USER, with_reserved
from crmcore.storage import Transaction
from crmcore.work.configuration import Configuration

SCHEMA = "schema"
COMPUTED = "computed"


def load_configuration(
    transaction: Transaction, revision: int, as_of: int | None = None
) -> Configuration:
    """The configuration that `transaction` sees, or saw at the sealed position `as_of`."""
    definitions = {
        str(one["name"]): one["value"] for one in _records(transaction, DEFINITION, as_of)
    }
    if SCHEMA not in definitions:
        raise WorkspaceError("not_a_workspace")
    roles = {one.id: _role(one) for one in _records(transaction, ROLE, as_of)}
    users = {one.id: _user(one, roles) for one in _records(transaction, USER, as_of)}
    settings = {str(one["name"]): one["value"] for one in _records(transaction, SETTING, as_of)}
    return Configuration(
        with_reserved(schema_from_json(definitions[SCHEMA])),
        computed_from_json(definitions.get(COMPUTED)),
        users,
        settings,
        revision,
        roles,
    )


def schema_as_of(transaction: Transaction, position: int) -> Schema:
    """The schema in force at a sealed position."""
    for one in _records(transaction, DEFINITION, position):
        if one["name"] == SCHEMA:
            return with_reserved(schema_from_json(one["value"]))
    raise WorkspaceError("not_a_workspace")


def _records(transaction: Transaction, module: Module, as_of: int | None) -> Iterator[Record]:
    layout = layout_of(module)
    query = BoundQuery(module, full_columns(module), as_of=as_of)
    for batch in transaction.select(query):
        for row in batch:
            yield Record(layout, row)


def _role(record: Record) -> Role:
    label = Labels(_text(record["label_zh"]), _text(record["label_en"]))
    return Role(str(record["name"]), label, grants_from_json(record["grants"]))


def _user(record: Record, roles: Mapping[str, Role]) -> User:
    links = record["roles"] or ()
    assert isinstance(links, tuple)
    return User(
        record.id,
        str(record["name"]),
        _text(record["login"]),
        _text(record["job_title"]),
        _text(record["department"]),
        _text(record["superior"]),
        record["active"] is not False,
        [roles[one] for one in links if one in roles],
    )


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def computed_to_json(rules: tuple[ComputedRule, ...]) -> list[dict[str, object]]:
    """Computed fields as plain data."""
    made: list[dict[str, object]] = []
    for one in rules:
        data: dict[str, object] = {"module": one.module, "field": one.field}
        if isinstance(one, Formula):
            data.update(computed="local", expression=one.expression)
        elif isinstance(one, LinkedField):
            data.update(computed="linked", path=list(one.path))
        else:
            data.update(
                computed="roll_up",
                child=one.child,
                link=one.link,
                function=one.function,
                over=one.over,
                where=one.where,
            )
        made.append(data)
    return made


_RULES: Mapping[str, type[ComputedRule]] = {
    "local": Formula,
    "linked": LinkedField,
    "roll_up": RollUp,
}


def computed_from_json(data: object) -> tuple[ComputedRule, ...]:
    """Computed fields of plain data; raises `WorkspaceError` where it is none."""
    made: list[ComputedRule] = []
    for item in data if isinstance(data, list) else ():
        values = dict(item)
        sort = _RULES.get(values.pop("computed", ""))
        if sort is None:
            raise WorkspaceError("not_a_workspace")
        try:
            made.append(sort(**values))
        except TypeError:
            raise WorkspaceError("not_a_workspace") from None
    return tuple(made)
