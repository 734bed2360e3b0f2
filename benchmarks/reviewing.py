"""What a change of two roles means for a thousand people and a hundred thousand records."""

from __future__ import annotations

import json
import random
from pathlib import Path

from measuring import Answer, Figure, Sizes, in_turns

from crmcore import Field, Grant, Module, Option, Role, Schema, Workspace, open_workspace
from crmcore.access import role_values
from crmcore.evolving import Document, pull
from crmcore.evolving.document import document_of
from crmcore.kinds import Choice, DecimalKind, Link, Text
from crmcore.reviewing import difference
from crmcore.sharing import share

THING = Module(
    "thing",
    [
        Field("name", Text(), required=True),
        Field("region", Choice(options=[Option("east"), Option("south"), Option("north")])),
        Field("amount", DecimalKind(2)),
        Field("owner", Link("crm_user"), indexed=True),
    ],
    title="name",
)
_SCOPES = ("own", "shared", "team")


def access_diff(folder: Path, sizes: Sizes) -> Answer:
    """`access diff` in SQLite; the aim is ten seconds for 1,000 users × 100,000 records."""
    records = sizes.of(20_000, 100_000)
    users, shares = records // 100, records // 50
    crm = _filled(folder / "diff.db", users, records, shares)
    planned = _planned(crm)
    times = in_turns(sizes, lambda _: difference(crm, None, planned))
    question = f"access diff, {users:,} × {records:,}, {shares:,} shares"
    aim = 10e6 * users / 1_000
    return Answer([Figure(question, "a bound of our own", times[0], None, aim)])


def _filled(path: Path, users: int, records: int, shares: int) -> Workspace:
    crm = open_workspace(f"sqlite:///{path}", create=True, schema=Schema([THING]))
    chance = random.Random(1)
    rep = _role(crm, Role("rep", grants=[Grant("*", ("read", "update"), scopes=_SCOPES)]))
    scopes = (*_SCOPES, "subordinates")
    lead = _role(crm, Role("lead", grants=[Grant("*", ("read", "update"), scopes=scopes)]))
    with crm.work() as work:
        heads = [{"name": f"h{n}", "login": f"h{n}", "roles": [lead]} for n in range(users // 10)]
        leads = work.create_all("crm_user", heads)
        rest = [
            {"name": f"u{n}", "login": f"u{n}", "roles": [rep], "superior": leads[n % len(leads)]}
            for n in range(users - len(leads))
        ]
        people = [*leads, *work.create_all("crm_user", rest)]
    made: list[str] = []
    for start in range(0, records, 5_000):
        rows = [
            {"name": f"t{n}", "owner": chance.choice(people), "region": chance.choice(_REGIONS)}
            for n in range(start, min(start + 5_000, records))
        ]
        with crm.work() as work:
            made += work.create_all("thing", rows)
    for start in range(0, shares, 500):
        with crm.work() as work:
            for _ in range(start, min(start + 500, shares)):
                share(work, "thing", chance.choice(made), user=chance.choice(people))
    return crm


_REGIONS = ("east", "south", "north")


def _role(crm: Workspace, role: Role) -> str:
    values = {name: value for name, value in role_values(role).items() if value is not None}
    with crm.work() as work:
        return work.create("crm_role", values).id


def _planned(crm: Workspace) -> Document:
    """The representatives gain the east and lose a field; leads may change nothing any more."""
    data = json.loads(json.dumps(pull(crm).to_json()))
    east = {"module": "thing", "operations": ["read"], "where": "region == 'east'"}
    data["roles"]["rep"]["grants"].append(east)
    data["roles"]["rep"]["fields"] = [{"module": "thing", "fields": ["amount"], "level": "hidden"}]
    data["roles"]["lead"]["grants"][0]["operations"] = ["read"]
    return document_of(data)
