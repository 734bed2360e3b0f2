"""Commands of who configures a workspace: schema, rights, reviews, personal data, stores."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from crmcore import archive, evolving, privacy, reviewing
from crmcore.kinds import Integer, Text
from crmcore.privacy import retention
from crmcore.schema import Field, Module, Schema
from crmcore.storage.memory import MemoryBackend
from crmcore.testing.refusing.command import Attempt, Command, Own, call
from crmcore.testing.refusing.stage import KEYS, NOWHERE
from crmcore.work import migrate, open_workspace, views

_CONFIGURES: Final = "right configures"
_PERSON: Final = "right configures module names"
_REVIEW: Final = "right configures names"


def _people(one: Attempt) -> list[Module]:
    return [m for m in one.stage.crm.schema.modules if not m.name.startswith("crm_")]


def _wider(one: Attempt, name: str = "lead") -> Schema:
    return Schema([*_people(one), Module(name, [Field("name", Text())])])


def _contradicting(one: Attempt) -> object:
    """A kind that stored values do not have."""
    account, *others = _people(one)
    fields = [Field("name", Integer()), *account.fields[1:]]
    return one.stage.crm.configure(Schema([Module("account", fields), *others]))


class _Rows:
    """What looks like the rows of a host's table."""

    def rows(self) -> list[object]:
        """None."""
        return []

    def expect(self) -> None:
        """Nothing."""


def _planned(one: Attempt, label: str) -> evolving.Plan:
    data: Any = _thawed(evolving.pull(one.stage.crm).to_json())
    data["modules"]["account"]["fields"]["remark"]["label"] = {"zh": label}
    return evolving.plan(one.stage.crm, evolving.document_of(data))


def _thawed(data: object) -> object:
    if isinstance(data, dict):
        return {name: _thawed(value) for name, value in data.items()}
    return [_thawed(value) for value in data] if isinstance(data, (list, tuple)) else data


def _applied(one: Attempt) -> object:
    return evolving.apply(one.who, _planned(one, "附注"))


def _purged(one: Attempt) -> object:
    return evolving.purge(one.who, evolving.plan_purge(one.stage.crm))


def _plans(one: Attempt) -> None:
    """Plans that are stale by the time they are carried out."""
    made = _planned(one, "说明"), evolving.plan_purge(one.stage.crm)
    one.stage.crm.configure(_wider(one, "plans"))
    one.stage.things["plans"] = made


def _reviewed(one: Attempt) -> str:
    known: str = one.stage.things["review"]
    return NOWHERE if one.record == NOWHERE else known


def _decided(one: Attempt, decision: str = "keep") -> object:
    return reviewing.decide(one.who, _reviewed(one), [one.stage.things["item"]], decision)


def _own_rights(one: Attempt) -> object:
    """The owner decides on what the owner holds."""
    crm, review = one.stage.crm, one.stage.things["review"]
    mine = [
        item.id
        for item in reviewing.campaign(crm, review).items
        if item.holder == str(crm.principal)
    ]
    return reviewing.decide(crm, review, mine, "keep")


def _rule(where: str = "created_at < now - 3650d", action: Any = "delete") -> retention.Rule:
    return retention.Rule("older", "account", where, action)


_DUTIES: Final = (reviewing.Duty("create"), reviewing.Duty("approve"))


_NOWHERE: Final = (reviewing.Duty("create", "nowhere"), reviewing.Duty("approve"))


def _erasure(one: Attempt) -> privacy.PastErasure:
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    return privacy.PastErasure("account", one.record, "erase", moment, one.ready.who)


def _gone(one: Attempt) -> str:
    known: str = one.stage.things["gone"]
    return NOWHERE if one.record == NOWHERE else known


def _into_itself(one: Attempt) -> object:
    """The store of the stage, without its keys."""
    held = one.stage.crm._store.backend
    return getattr(held, "inner", held)


CONFIGURING: Final[tuple[Command, ...]] = (
    call(
        "Workspace.configure",
        _CONFIGURES,
        lambda a: a.who.configure(_wider(a)),
        [Own("values-do-not-fit", ["not_a_number"], _contradicting)],
    ),
    call("Workspace.adopt", _CONFIGURES, lambda a: a.who.adopt("erp_customer", _Rows())),
    call("Workspace.adopt_users", _CONFIGURES, lambda a: a.who.adopt_users(_Rows())),
    call(
        "evolving.apply",
        _CONFIGURES,
        _applied,
        [
            Own(
                "stale-plan",
                ["plan_stale"],
                lambda a: evolving.apply(a.stage.crm, a.stage.things["plans"][0]),
                _plans,
            )
        ],
    ),
    call(
        "evolving.purge",
        _CONFIGURES,
        _purged,
        [
            Own(
                "stale-plan",
                ["plan_stale"],
                lambda a: evolving.purge(a.stage.crm, a.stage.things["plans"][1]),
            )
        ],
    ),
    call("reviewing.start", _CONFIGURES, lambda a: reviewing.start(a.who, "H2")),
    call(
        "reviewing.decide",
        _REVIEW,
        _decided,
        [
            Own("unknown-decision", ["unknown_decision"], lambda a: _decided(a, "perhaps")),
            Own("own-rights", ["own_rights"], _own_rights),
        ],
    ),
    call("reviewing.close", _REVIEW, lambda a: reviewing.close(a.who, _reviewed(a))),
    call("reviewing.carry_out", _REVIEW, lambda a: reviewing.carry_out(a.who, _reviewed(a))),
    call(
        "reviewing.separate",
        _CONFIGURES,
        lambda a: reviewing.separate(a.who, reviewing.DutyRule("four eyes", _DUTIES, False)),
        [Own("unknown-module", ["unknown_module"], lambda a: _separated(a))],
    ),
    call(
        "reviewing.unite",
        _REVIEW,
        lambda a: reviewing.unite(a.who, "none" if a.record == NOWHERE else "apart"),
    ),
)
"""Commands over the configuration and over rights."""


def _separated(one: Attempt) -> object:
    return reviewing.separate(one.stage.crm, reviewing.DutyRule("none", _NOWHERE))


def _restricted_user(one: Attempt) -> object:
    return privacy.restrict(one.stage.crm, "crm_user", one.ready.who)


def _person(name: str, act: Any) -> Command:
    return call(f"privacy.{name}", _PERSON, lambda a: act(a.who, a.module, a.record))


PRIVACY: Final[tuple[Command, ...]] = (
    _person("erase", privacy.erase),
    _person("anonymise", privacy.anonymise),
    call(
        "privacy.restrict",
        _PERSON,
        lambda a: privacy.restrict(a.who, a.module, a.record),
        [Own("no-person", ["not_a_subject"], _restricted_user)],
    ),
    call(
        "privacy.release",
        _PERSON,
        lambda a: privacy.release(a.who, a.module, a.record),
        [Own("not-restricted", ["not_found"], lambda a: privacy.release(a.stage.crm, "account", a.record))],
    ),
    call(
        "privacy.correct",
        "right record image names key owner module",
        lambda a: privacy.correct(a.who, a.module, a.record, dict(a.values) or {"remark": "right"}),
    ),
    call(
        "privacy.consent",
        "right record module names",
        lambda a: privacy.consent(a.who, a.module, a.record, "letters"),
    ),
    call(
        "privacy.withdraw",
        "right record module names",
        lambda a: privacy.withdraw(a.who, a.module, a.record, "calls"),
        [Own("no-consent", ["not_found"], lambda a: privacy.withdraw(a.stage.crm, "account", a.record, "never"))],
    ),
    call("privacy.replay", _CONFIGURES, lambda a: privacy.replay(a.who, [_erasure(a)])),
    call(
        "privacy.retention.keep",
        f"{_CONFIGURES}",
        lambda a: retention.keep(a.who, _rule()),
        [
            Own("bad-condition", ["unknown_field"], lambda a: retention.keep(a.stage.crm, _rule("no > 1"))),
            Own("bad-action", ["unknown_action"], lambda a: retention.keep(a.stage.crm, _rule(action="burn"))),
            Own("encrypted-field-asked", ["encrypted_field"], lambda a: retention.keep(a.stage.crm, _rule("secret > 'a'"))),
        ],
    ),
    call(
        "privacy.retention.drop",
        _REVIEW,
        lambda a: retention.drop(a.who, "none" if a.record == NOWHERE else "old"),
    ),
    call(
        "privacy.retention.apply",
        _REVIEW,
        lambda a: retention.apply(a.who, ["none"] if a.record == NOWHERE else None),
    ),
)
"""Commands over what is kept of persons."""

STORES: Final[tuple[Command, ...]] = (
    call(
        "archive.restore",
        "",
        lambda a: archive.restore(a.stage.things["archive"], MemoryBackend(), keys=KEYS),
        [
            Own("target-in-use", ["target_in_use", "target_is_same"], lambda a: archive.restore(a.stage.things["archive"], _into_itself(a), keys=KEYS)),
            Own("no-such-file", ["no_such_file"], lambda a: archive.restore("nowhere.crmz", _into_itself(a), keys=KEYS)),
        ],
    ),
    call(
        "archive.abandon",
        "",
        lambda a: None,
        [Own("live", ["abandon_live", "cannot_abandon"], lambda a: archive.abandon(_into_itself(a)))],
    ),
    call(
        "archive.move",
        _CONFIGURES,
        lambda a: archive.move(a.who, MemoryBackend(), keys=KEYS),
        [Own("onto-itself", ["target_is_same", "target_in_use"], lambda a: archive.move(a.stage.crm, _into_itself(a), keys=KEYS))],
    ),
    call(
        "work.migrate",
        "",
        lambda a: None,
        [Own("cannot-check", ["cannot_check", "keys_needed"], lambda a: migrate(_into_itself(a)))],
    ),
    call(
        "work.views",
        "",
        lambda a: None,
        [Own("no-tables", ["no_tables", "keys_needed"], lambda a: views(_into_itself(a)))],
    ),
    call(
        "work.open_workspace",
        "",
        lambda a: open_workspace(MemoryBackend(), create=True),
        [Own("bad-argument", ["bad_argument"], lambda a: open_workspace(_into_itself(a), evolve="never"))],  # type: ignore[arg-type]
    ),
)
"""Commands over whole stores, which know no user."""
