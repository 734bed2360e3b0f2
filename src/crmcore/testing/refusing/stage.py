"""One workspace in which every command has something to be tried on, and what lies in it."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from attrs import evolve, field, frozen

from crmcore import accounts, privacy, reviewing
from crmcore.access import Role, System, role_values
from crmcore.accounts import SignInPolicy
from crmcore.accounts.cells import CREDENTIAL, SESSION, THROTTLE, TOKEN
from crmcore.approving import guard
from crmcore.archive import backup
from crmcore.clock import ManualClock
from crmcore.encrypting import Keyring
from crmcore.kinds import Choice, DecimalKind, Email, Integer, Link, Option, Text
from crmcore.query.bound import BoundQuery, full_columns
from crmcore.query.evaluate import Row
from crmcore.schema import Field, Module, Preset, Schema
from crmcore.schema.reserved import AUDIT_ENTRY, HEAD
from crmcore.schema.reserved.signing_in import SIGN_IN
from crmcore.sharing import join_team, share
from crmcore.storage import Backend
from crmcore.storage.memory import MemoryBackend
from crmcore.testing.refusing.reasons import ALL, REASONS, Reason
from crmcore.work import UnitOfWork, Workspace, open_workspace
from crmcore.work.remembering import AUDIT_HEAD_ID
from crmcore.work.session import Session

ACCOUNT: Final = Module(
    "account",
    [
        Field("name", Text(), "客户名称", required=True),
        Field("code", Text(), "客户编号", unique="exact"),
        Field("region", Choice(options=[Option("east", "华东"), Option("south", "华南")]), "区域"),
        Field("amount", DecimalKind(2), "金额"),
        Field("discount", DecimalKind(2), "折扣"),
        Field("email", Email(), "邮箱", classification="personal"),
        Field("secret", Text(), "证件号", encrypted=True),
        Field("remark", Text(), "备注"),
        Field("owner", Link("crm_user"), "负责人", default=Preset("me")),
        Field("parent", Link("account"), "上级客户"),
        Field("size", Text(), "人数"),
    ],
    title="name",
    label="客户",
)
SOURCE: Final = Module("erp_customer", [Field("name", Text(), "名称")], title="name")
"""A module that could be bound to a host's table."""

KEYS: Final = Keyring({"first": b"\x01" * 32})
CHEAP: Final = SignInPolicy("invitation", hash_time=1, hash_memory_kib=8, hash_lanes=1)
PHRASE: Final = "correct battery staple"
CELLS: Final = (CREDENTIAL, SESSION, TOKEN, THROTTLE)
"""Secrets and counters, of which no schema knows."""

AT_HOME: Final = "unknown-field"
"""The reason whose user and record are used where a command is refused for one of its own."""

FOUR_EYES: Final = "four-eyes"
"""The reason for which who asked for a change meets his own request."""

NOWHERE: Final = "f" * 32
_BEGINNING: Final = datetime(2026, 3, 1, 8, tzinfo=UTC)


@frozen
class Prepared:
    """What is ready for one reason: a record, and what commands want beside it."""

    crm: Workspace
    login: str
    record: str
    code: str
    share: str
    member: str
    operation: str = ""
    request: str = ""
    own_request: str = ""

    @property
    def who(self) -> str:
        """The id of the user."""
        return str(self.crm.principal)


@frozen
class Stage:
    """The workspace as its owner, what is ready for each reason, and things of the whole."""

    crm: Workspace
    clock: ManualClock
    prepared: Mapping[str, Prepared]
    things: dict[str, Any] = field(factory=dict)

    def close(self) -> None:
        """Release the store."""
        self.crm.close()


def stage(backend: Backend, folder: str, also: Sequence[str] = ()) -> Stage:
    """A new stage on an empty store, with further records `also`; archives lie in `folder`."""
    rng, clock = random.Random(0), ManualClock(_BEGINNING)
    crm = open_workspace(
        backend,
        create=True,
        schema=Schema([ACCOUNT, SOURCE]),
        owner="boss",
        clock=clock,
        entropy=rng.randbytes,
        keys=KEYS,
    )
    accounts.enable(crm, CHEAP)
    made = _Making(crm, clock)
    prepared = made.prepared(REASONS, also)
    things = made.things(folder, prepared[AT_HOME].record)
    made.finish(REASONS, prepared)
    clock.advance(timedelta(hours=2))
    return Stage(crm, clock, prepared, things)


def _begun(work: UnitOfWork, crm: Workspace, reason: Reason, role: str) -> Prepared:
    name, code = reason.name, f"C-{reason.name}"
    who = work.create("crm_user", {"name": name, "login": name, "roles": [role]})
    member = work.create("crm_user", {"name": f"{name} 2", "login": f"{name}-2"}).id
    values = {"name": name, "code": code, "email": f"{who.id}@example.com", **reason.record}
    owner = who.id if reason.is_owner else None
    record = work.create("account", {**values, "owner": owner}).id
    entry = share(work, "account", record, user=member)
    join_team(work, "account", record, member)
    return Prepared(crm.as_(who), name, record, code, entry, member)


def _asked(crm: Workspace, record: str) -> str:
    with crm.work() as work:
        work.update("account", record, {"discount": 5})
        return work.parked[0]


@frozen
class _Making:
    crm: Workspace
    clock: ManualClock
    roles: dict[str, str] = field(factory=dict)

    def role(self, role: Role) -> str:
        if role.name not in self.roles:
            values = {name: one for name, one in role_values(role).items() if one is not None}
            with self.crm.work() as work:
                self.roles[role.name] = work.create("crm_role", values).id
        return self.roles[role.name]

    def prepared(self, reasons: Sequence[Reason], also: Sequence[str]) -> dict[str, Prepared]:
        """For each reason a user with all rights for now, his record, and what is asked of it."""
        full = self.role(ALL)
        for one in reasons:
            for role in one.roles:
                self.role(role)
        named = {one.name: one for one in reasons} | {name: Reason(name, (), "") for name in also}
        with self.crm.work() as work:
            begun = {name: _begun(work, self.crm, one, full) for name, one in named.items()}
        made: dict[str, Prepared] = {}
        for name, ready in begun.items():
            with ready.crm.work() as work:
                values = {"remark": name, **named[name].touched}
                work.update("account", ready.record, values)
                made[name] = evolve(ready, operation=work.operation)
        guard(self.crm, "account", ["discount"])
        with self.crm.work() as work:
            for ready in made.values():
                work.update("account", ready.record, {"discount": 5})
            asked = dict(zip(made, work.parked, strict=True))
        for name, ready in made.items():
            own = _asked(ready.crm, ready.record) if name in (AT_HOME, FOUR_EYES) else ""
            other = own if name == FOUR_EYES else asked[name]
            made[name] = evolve(ready, request=other, own_request=own)
        guard(self.crm, "account", [])
        return made

    def finish(self, reasons: Sequence[Reason], made: Mapping[str, Prepared]) -> None:
        """Let the reasons be such: the rights that users have from now on, and the rest."""
        until = self.clock.now() + timedelta(hours=1)
        with self.crm.work() as work:
            lent = [
                work.find("crm_role", f"name == '{one}'")[0].id for one in ("administrator", "all")
            ]
            for one in reasons:
                who = made[one.name].who
                given: dict[str, object] = {
                    "roles": [self.role(role) for role in one.roles] or None
                }
                if one.name == "inactive-user":
                    given["active"] = False
                work.update("crm_user", who, given)
                for role in lent if one.name == "expired-role" else ():
                    entry = {"user": who, "role": role, "valid_until": until}
                    work.create("crm_role_assignment", entry)
        privacy.restrict(self.crm, "account", made["restricted-person"].record)

    def things(self, folder: str, home: str) -> dict[str, Any]:
        """What commands that look at no record want."""
        crm = self.crm
        found = self._people()
        review = reviewing.start(crm, "H1").id
        with crm.work() as work:
            values = {"name": "gone", "email": "gone@example.com", "size": "12"}
            gone = work.create("account", values).id
        wider = [*ACCOUNT.fields[:-1], Field("size", Integer(), "人数")]
        crm.configure(Schema([evolve(ACCOUNT, fields=wider), SOURCE]))
        privacy.consent(crm, "account", home, "calls")
        rule = reviewing.DutyRule(
            "apart", [reviewing.Duty("impersonate"), reviewing.Duty("merge")], block=False
        )
        reviewing.separate(crm, rule)
        kept = privacy.retention.Rule("old", "account", "created_at < now - 3650d", "delete")
        privacy.retention.keep(crm, kept)
        item = reviewing.campaign(crm, review).items[0].id
        accounts.map_identity(crm, "host", "one", found["clerk"])
        archive = f"{folder}/stage.crmz"
        backup(crm, archive, plain=True)
        return {**found, "review": review, "item": item, "archive": archive, "gone": gone}

    def _people(self) -> dict[str, Any]:
        crm = self.crm
        with crm.work() as work:
            clerk = work.create("crm_user", {"name": "clerk", "login": "clerk"}).id
        accounts.redeem(crm, accounts.invite(crm, clerk).token, PHRASE)
        session = accounts.sign_in(crm, "clerk", PHRASE)
        service = accounts.create_service(crm, "erp")
        return {
            "clerk": clerk,
            "session": session,
            "service": service,
            "token": accounts.issue_token(crm, service, "nightly"),
            "invitation": accounts.invite(crm, roles=["all"]),
            "second": accounts.invite(crm, clerk),
        }


def lying(crm: Workspace) -> dict[str, object]:
    """Everything that lies in the store, by module: every version, whatever its keeping.

    Of memory its very tables, elsewhere all rows as the port has them; secrets of signing in
    as well. Refusals may be told to the audit: its entries and their head are left out.
    """
    store = crm._store
    store.keep_notes(at_once=True)
    held: Any = getattr(store.backend, "inner", store.backend)
    if isinstance(held, MemoryBackend):
        found: dict[str, object] = dict(held.tables)
        heads: Mapping[Any, object] = held.tables[HEAD.name].rows
    else:
        with store.reading(System("look")) as session:
            cells = CELLS if SIGN_IN.name in session.schema.by_name else ()
            modules = (*session.schema.modules, *cells)
            found = {one.name: _versions(session, one) for one in modules}
            heads = {row[0]: row for row in session.rows(BoundQuery(HEAD, full_columns(HEAD)))}
    found[HEAD.name] = {one: row for one, row in heads.items() if one != AUDIT_HEAD_ID}
    del found[AUDIT_ENTRY.name]
    return found


def _versions(session: Session, module: Module) -> list[Row]:
    columns, is_kept = full_columns(module), module.keeping in ("history", "journal")
    rows = session.rows(BoundQuery(module, columns, versions=is_kept))
    return sorted(rows, key=lambda row: (str(row[0]), str(row[1])))
