"""Commands of who configures a workspace: its schema, its rights, reviews of them."""

from __future__ import annotations

from typing import Any, Final

from crmcore import evolving, reviewing
from crmcore.kinds import Integer, Text
from crmcore.schema import Field, Module, Schema
from crmcore.testing.refusing.command import Attempt, Command, Own, call
from crmcore.testing.refusing.stage import NOWHERE

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
    one.stage.crm.configure(_wider(one, f"later_{len(_people(one))}"))
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


_DUTIES: Final = (reviewing.Duty("create"), reviewing.Duty("approve"))
_NOWHERE: Final = (reviewing.Duty("create", "nowhere"), reviewing.Duty("approve"))


def _separated(one: Attempt) -> object:
    return reviewing.separate(one.stage.crm, reviewing.DutyRule("none", _NOWHERE))


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
                _plans,
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
