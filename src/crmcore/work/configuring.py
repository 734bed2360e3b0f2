"""Changing the configuration of a live workspace: schema and computed fields, as one change.

Storage is brought to the new schema first, which changes no answer. Then one transaction
converts values, writes the definitions and recomputes: all of it is in force, or none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from attrs import evolve, frozen

from crmcore.errors import AccessDenied, Conflict, Invalid, Problem, SchemaError, Stale
from crmcore.query.bound import BoundQuery, Ref, Within, full_columns
from crmcore.rules import ComputedRule, LinkedField, RollUp
from crmcore.schema import Schema, SchemaStep, check, diff, numbered
from crmcore.schema.codec import schema_to_json
from crmcore.schema.reserved import DEFINITION, HEAD
from crmcore.schema.size import check_size
from crmcore.storage import Backend, Derive, Intent, Replace
from crmcore.storage.adopted import storable
from crmcore.work.catching_up import catch_up
from crmcore.work.committing import REVISION_ID, stamped, stored_row
from crmcore.work.computing import Computation, roll_up
from crmcore.work.configuration import Configuration
from crmcore.work.definitions import COMPUTED, SCHEMA, computed_to_json
from crmcore.work.depending import Place, flagged, ordered, reads_of
from crmcore.work.door import Door
from crmcore.work.foreign import check_adopted
from crmcore.work.journal import Journal
from crmcore.work.left_over import LEFT_OVER, left_over, left_over_to_json
from crmcore.work.locking import check_keys
from crmcore.work.recasting import (
    OnFailure,
    Recast,
    located,
    recast_values,
    recasts,
    unconverted,
)
from crmcore.work.sealing import head_of, seal_waiting
from crmcore.work.session import Session, system_session
from crmcore.work.vetting import check_rules

_SKIPS: Final = 100


def refusing(module: str, field: str) -> OnFailure:
    """No value may be lost where kinds change: what is done unless somebody decides."""
    return "refuse"


@frozen
class Reconfiguration:
    """A change from one configuration to the next: its steps, and values to convert.

    `since` is the sealed position from which on storage was made ready for it.
    """

    former: Configuration
    made: Configuration
    steps: tuple[SchemaStep, ...]
    recasts: tuple[Recast, ...]
    since: int | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing of schema and computed fields changes."""
        return self.made.schema == self.former.schema and self.made.computed == self.former.computed


def proposed(
    present: Configuration,
    schema: Schema | None,
    computed: Iterable[ComputedRule] | None,
    on_failure: Callable[[str, str], OnFailure] = refusing,
    skip: int = 0,
) -> Reconfiguration:
    """What leads to `schema` and `computed` (`None`: as they are); raises `SchemaError`."""
    wanted = present.schema if schema is None else schema
    given = present.computed if computed is None else tuple(computed)
    rules = tuple(_under_present_names(wanted, one) for one in given)
    wanted = flagged(_with_reserved(present.schema, wanted), rules)
    wanted = numbered(wanted, present.schema, skip)
    check(wanted)
    check_size(wanted)
    steps = diff(present.schema, wanted)
    found = recasts(present.schema, wanted, on_failure)
    _check_keys(present.schema, wanted, found)
    left = left_over(present.left, present.schema, present.computed, wanted, rules)
    made = evolve(present, schema=wanted, computed=rules, left=left)
    return Reconfiguration(present, made, steps, found)


def _under_present_names(schema: Schema, rule: ComputedRule) -> ComputedRule:
    """`rule`, whose fields may go by former names; as it is where they are not known."""
    try:
        module = schema.module(rule.module)
        rule = evolve(rule, module=module.name, field=module.field(rule.field).name)
        if isinstance(rule, RollUp):
            child = schema.module(rule.child)
            over = None if rule.over is None else child.field(rule.over).name
            return evolve(rule, child=child.name, link=child.field(rule.link).name, over=over)
    except SchemaError:
        # What is wrong with it is told when it is checked.
        return rule
    return rule


def _check_keys(former: Schema, made: Schema, found: Iterable[Recast]) -> None:
    """Raise `SchemaError` where a kind changes in a key: its digests would be of two kinds."""
    problems: list[Problem] = []
    for one in found:
        keys = [
            name
            for schema in (former, made)
            for key in schema.by_name[one.module].unique_keys
            for name in key.fields
        ]
        if one.old.name in keys or one.new.name in keys:
            params = {"name": one.new.name}
            problems.append(Problem("kind_in_key", params, one.module, None, one.new.name))
    if problems:
        raise SchemaError(problems)


def check_values(session: Session, change: Reconfiguration) -> None:
    """Raise `Invalid` where values do not convert that must: before anything is prepared."""
    problems: list[Problem] = []
    for one in change.recasts:
        if one.on_failure == "refuse":
            _, found = unconverted(session, one)
            problems.extend(located(bad.reason, one, bad.record) for bad in found)
    if problems:
        raise Invalid(problems)


def prepared(backend: Backend, propose: Callable[[int], Reconfiguration]) -> Reconfiguration:
    """The change that `propose` makes, with storage ready for it; raises `Duplicate`.

    Numbers that storage knows for something else, from a change that never came into
    force, are passed over: `propose` is told how many.
    """
    since = _sealed(backend)
    for skip in range(_SKIPS):
        change = evolve(propose(skip), since=since)
        check_keys(backend, change.made.schema)
        try:
            backend.prepare(storable(change.made.schema))
        except SchemaError as error:
            if error.code != "column_changed" or skip + 1 == _SKIPS:
                raise
            continue
        return change
    raise AssertionError("the last attempt returns or raises")


def _sealed(backend: Backend) -> int:
    """The last position; everything that is committed has one."""
    seal_waiting(backend)
    transaction = backend.begin(Intent.READ)
    try:
        return head_of(transaction).position
    finally:
        transaction.rollback()


def _with_reserved(present: Schema, wanted: Schema) -> Schema:
    reserved = [one for one in present.modules if one.name.startswith("crm_")]
    return Schema([*reserved, *(one for one in wanted.modules if not one.name.startswith("crm_"))])


def check_right(session: Session) -> None:
    """Raise `AccessDenied` where the reader may not change the configuration."""
    if not has_right(session):
        raise AccessDenied("needs_configure")


def has_right(session: Session) -> bool:
    """Whether the reader may change the configuration."""
    return session.reader.may_configure


def carry_out(door: Door, change: Reconfiguration) -> list[Problem]:
    """Put `change` into force in the transaction of `door`; answers why values became empty.

    Raises `Stale` where it was made of another configuration, `AccessDenied`, `SchemaError`,
    and `Invalid` where values do not convert.
    """
    session = door.session
    check_right(session)
    hold(session, door.journal, change.former.revision)
    check_rules(session, change.made)
    check_adopted(session, change.former.schema, change.made)
    emptied: list[Problem] = []
    for one in change.recasts:
        emptied.extend(recast_values(session, session.schema.by_name[one.module], one))
    system = Door(system_session(session), door.journal)
    if change.since is not None:
        catch_up(system, change.former.schema, change.made.schema, change.since)
    put(system, SCHEMA, schema_to_json(change.made.schema))
    put(system, COMPUTED, computed_to_json(change.made.computed))
    if change.made.left != change.former.left:
        put(system, LEFT_OVER, left_over_to_json(change.made.left, change.made.schema))
    # What the digest says of every record may be another text from now on.
    door.journal.is_content_known = False
    made = evolve(change.made, revision=session.configuration.revision)
    recompute(Session(session.transaction, made, session.reader), change)
    return emptied


def hold(session: Session, journal: Journal, revision: int) -> None:
    """Let nobody commit under the configuration `revision` any more, until this ends.

    Raises `Stale` where another one is in force already.
    """
    former = stored_row(session.transaction, HEAD, REVISION_ID)
    if session.configuration.revision != revision or former is None or former[1] != revision:
        raise Stale("configuration_changed")
    stamps = stamped(HEAD, REVISION_ID, journal, session.reader.user, revision + 1)
    try:
        row = (*stamps, *former[len(stamps) :])
        session.transaction.apply([Replace(HEAD, [row], [revision])])
    except Conflict as conflict:
        raise Stale("configuration_changed") from conflict
    session.configuration = evolve(session.configuration, revision=revision + 1)


def put(door: Door, name: str, value: object) -> None:
    """Write the definition `name`."""
    ref = Ref((), DEFINITION.by_name["name"])
    query = BoundQuery(DEFINITION, full_columns(DEFINITION), Within(ref, (name,)))
    for row in list(door.session.rows(query)):
        door.update(DEFINITION, [(str(row[0]), None, {"value": value})])
        return
    door.create(DEFINITION, [{"name": name, "value": value}])


def recompute(session: Session, change: Reconfiguration) -> None:
    """Fill computed fields whose rule is new, or reads what changed; no versions are made."""
    known = set(change.former.computed)
    changed = {one.module for one in change.recasts}
    rules = {(one.module, one.field): one for one in session.configuration.computed}
    reads = reads_of(session, rules.values())
    filled = set[Place]()
    for place in ordered(reads):
        rule = rules[place]
        modules = {rule.module, rule.child if isinstance(rule, RollUp) else rule.module}
        is_same = rule in known and not changed & modules and not filled & reads[place]
        if not (isinstance(rule, LinkedField) or is_same) or _is_recast(rule, change):
            _fill(session, rule)
            filled.add(place)


def _is_recast(rule: ComputedRule, change: Reconfiguration) -> bool:
    """Whether the field of a rule lies in another column than before."""
    if isinstance(rule, LinkedField):
        return False
    old, new = (
        schema.by_name.get(rule.module) for schema in (change.former.schema, change.made.schema)
    )
    if old is None or new is None:
        return False
    before = {one.number: one.generation for one in old.fields}
    one = new.field(rule.field)
    return before.get(one.number, one.generation) != one.generation


def _fill(session: Session, rule: ComputedRule) -> None:
    module = session.schema.module(rule.module)
    rows = list(session.rows(BoundQuery(module, full_columns(module))))
    ids = [str(row[0]) for row in rows]
    if isinstance(rule, RollUp):
        child = session.schema.module(rule.child)
        session.transaction.apply(roll_up(session, child, rule, ids))
        return
    computation = Computation.of(session, module)
    assert computation is not None
    look = session.look()
    one = module.field(rule.field)
    place = next(place for found, place, _ in computation.steps if found.name == one.name)
    values = [computation.applied(row, look)[place] for row in rows]
    session.transaction.apply([Derive(module, one.name, ids, values)])
