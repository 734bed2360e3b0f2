"""Access: a page, a count and sums of what four people may see; and who can see one record."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from importlib import import_module
from itertools import count as counting
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from asked import Hand, decoding, postgresql_by_hand, sqlite_by_hand
from measuring import Answer, Figure, Sizes, in_turns, repeated
from stores import BATCH, chunks, multiply, schema, values

from crmcore import Grant, GroupBy, Measure, Role, Summary, Workspace, open_workspace
from crmcore.access import role_values
from crmcore.explaining import who_can

PEOPLE = 200
TEAM = 10
BRANCHES = 10
SHARES = 2_000
"""Entries of records shared with somebody, a tenth of them with one person."""

READING = ("read", "report")
CENT = Decimal("0.01")
SCOPES = {
    "rep": ("own",),
    "mate": ("own", "shared"),
    "lead": ("subordinates",),
    "director": ("department_and_below",),
    "CEO": ("all",),
}
SUMS = Summary("thing", (GroupBy("c0"),), (Measure("sum", "d0", name="sum"),))
COUNT = Summary("thing", (), (Measure("count", name="count"),))


def access(folder: Path, sizes: Sizes) -> Answer:
    """Page of 50, count and sum by a choice, for five people, against SQL by hand for each."""
    path = folder / "crm.db"
    crm = _company(f"sqlite:///{path}")
    count = sizes.of(100_000, 100_000)
    seed = min(count, 10_000)
    _filled(crm, seed)
    multiply(path, seed, count)
    _shared(crm)
    with sqlite_by_hand(path) as hand:
        figures = list(_figures(crm, hand, sizes))
    figures += [*_per_record(crm.as_("rep"), sizes), _who(folder, sizes)]
    return Answer(figures, [] if _casbin() else ["pycasbin is not installed: not compared"])


def access_postgresql(_folder: Path, sizes: Sizes) -> Answer:
    """The same on PostgreSQL, by the clock on the wall: the server works too."""
    from crmcore.testing.servers import postgresql_server

    sizes = replace(sizes, clock=time.perf_counter)
    with postgresql_server() as server:
        crm = _company(server.create(server.unused()))
        _filled(crm, sizes.of(100_000, 100_000))
        _shared(crm)
        with postgresql_by_hand(crm) as hand:
            hand.run("ANALYZE")
            figures = list(_figures(crm, hand, sizes))
        crm.close()
    return Answer(figures)


def _figures(crm: Workspace, hand: Hand, sizes: Sizes) -> Iterator[Figure]:
    for login, scopes in SCOPES.items():
        ours, theirs = _asking(crm.as_(login), hand, login)
        times = in_turns(sizes, repeated(ours, 5), repeated(theirs, 5))
        question = f"page, count, sums: {login} ({', '.join(scopes)})"
        yield Figure(question, "the same SQL by hand", *times, 1.3, 5)


MODEL = """
[request_definition]
r = user, record, act
[policy_definition]
p = act
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = r.act == p.act && r.record.owner == r.user
"""


def _casbin() -> object | None:
    try:
        return import_module("casbin")
    except ImportError:
        return None


def _per_record(crm: Workspace, sizes: Sizes) -> list[Figure]:
    """The records of a representative, against asking pycasbin of each record."""
    casbin: Any = _casbin()
    if casbin is None:
        return []
    model = casbin.Model()
    model.load_model_from_text(MODEL)
    enforcer = casbin.Enforcer(model)
    enforcer.add_policy("read")
    found = crm.as_("CEO").find("thing", columns=["id", "owner"])
    records = [SimpleNamespace(id=one, owner=owner) for one, owner in found.rows()]
    user = str(crm.principal)

    def theirs(_round: int) -> int:
        return sum(enforcer.enforce(user, one, "read") for one in records)

    def ours(_round: int) -> int:
        return len(crm.find("thing", columns=["id"]))

    assert ours(0) == theirs(0)
    times = in_turns(sizes, ours, theirs, rounds=1)
    question = f"which of {len(records):,} are a representative's"
    return [Figure(question, "pycasbin, record by record", *times, 0.01)]


def _company(url: str) -> Workspace:
    """People in ten branches, each with a role of one sort of scope."""
    crm = open_workspace(url, schema=schema(more=True), create=True)
    with crm.work() as work:
        roles = {
            login: work.create("crm_role", _given(login, scopes)).id
            for login, scopes in SCOPES.items()
        }
        work.create("crm_department", {"name": "sales"})
        parent = work.find("crm_department")[0].id
        for number in range(BRANCHES):
            work.create("crm_department", {"name": f"branch {number}", "parent": parent})
        users: dict[str, str] = {}
        for login, branch in (("CEO", "sales"), ("director", "branch 0"), ("lead", "branch 1")):
            given = {"name": login, "login": login, "department": branch, "roles": [roles[login]]}
            users[login] = work.create("crm_user", given).id
        for number in range(PEOPLE):
            login = {0: "rep", 1: "mate"}.get(number, f"u{number}")
            given = {"name": login, "login": login, "roles": [roles.get(login, roles["rep"])]}
            given["department"] = f"branch {number % BRANCHES}"
            given["superior"] = users["lead"] if number < TEAM else None
            work.create("crm_user", given)
    return crm


def _filled(crm: Workspace, count: int) -> None:
    """`count` records, as many of each of the people; ten of one follow each other."""
    owners = [one.id for one in crm.find("crm_user") if _is_owner(str(one["login"]))]
    for numbers in chunks(range(count), BATCH):
        with crm.work() as work:
            rows = [values(one) | {"owner": owners[one // 10 % PEOPLE]} for one in numbers]
            work.create_all("thing", rows)


def _is_owner(login: str) -> bool:
    return login in ("rep", "mate") or login[1:].isdigit()


def _shared(crm: Workspace) -> None:
    """Some records shared: every tenth entry with one person, the others with the others."""
    people = [one.id for one in crm.find("crm_user") if str(one["login"])[1:].isdigit()]
    mate = crm.as_("mate").principal
    records = [row[0] for row in crm.find("thing", columns=["id"]).rows()]
    step = len(records) // SHARES or 1
    entries = [
        {
            "record": record,
            "module": "thing",
            "user": people[number % len(people)] if number % 10 else mate,
            "level": "read",
        }
        for number, record in enumerate(records[::step])
    ]
    with crm.work() as work:
        work.create_all("crm_share", entries)


def _given(login: str, scopes: Sequence[str]) -> dict[str, object]:
    role = Role(login, grants=[Grant("thing", READING, scopes=scopes)])
    return {name: one for name, one in role_values(role).items() if one is not None}


def _asking(
    crm: Workspace, hand: Hand, login: str
) -> tuple[Callable[[], object], Callable[[], object]]:
    """Our way and the one by hand, which knows beforehand whose records they are."""
    table, mark = hand.table("thing"), hand.mark
    n2, d0, c0 = (hand.column("thing", name) for name in ("n2", "d0", "c0"))
    shown = ", ".join(hand.shown("thing"))
    mine, ids = _by_hand(hand, login, crm.principal)
    decoded = decoding(hand.ask(f"SELECT {shown} FROM {table} LIMIT 1", ())[0])
    ours_asked, theirs_asked = counting(), counting()

    def ours() -> object:
        found = crm.find("thing", f"n2 >= {next(ours_asked) % 5}", limit=50)
        ((count,),) = crm.summarize(COUNT).rows()
        sums = list(crm.summarize(SUMS).rows())
        return [one.row for one in found], count, sums

    def theirs() -> object:
        text = f"SELECT {shown} FROM {table} WHERE {n2} >= {mark} AND {mine} ORDER BY id LIMIT 51"
        found = decoded(hand.ask(text, (next(theirs_asked) % 5, *ids))[:50])
        ((count,),) = hand.ask(f"SELECT count(*) FROM {table} WHERE {mine}", ids)
        text = f"SELECT {c0}, sum({d0}) FROM {table} WHERE {mine} GROUP BY {c0}"
        sums = [
            (one, None if cents is None else cents * CENT) for one, cents in hand.ask(text, ids)
        ]
        return found, count, sums

    assert ours() == theirs()
    return ours, theirs


def _by_hand(hand: Hand, login: str, user: object) -> tuple[str, Sequence[object]]:
    """Whose records somebody sees: a condition, and what it is asked with."""
    owner, mark, things = hand.column("thing", "owner"), hand.mark, hand.table("thing")
    if login == "CEO":
        return "1 = 1", ()
    if login == "rep":
        return f"{owner} = {mark}", (user,)
    if login == "mate":
        about, named, ends = (
            hand.column("crm_share", name) for name in ("record", "user", "expires_at")
        )
        shares = f"SELECT {about} FROM {hand.table('crm_share')} WHERE {named} = {mark}"
        mine = f"SELECT id FROM {things} WHERE {owner} = {mark} UNION ALL {shares}"
        return f"id IN ({mine} AND {ends} IS NULL)", (user, user)
    found = hand.column("crm_user", "superior" if login == "lead" else "department")
    text = f"SELECT id FROM {hand.table('crm_user')} WHERE {found} = {mark}"
    ids = [row[0] for row in hand.ask(text, (user if login == "lead" else "branch 0",))]
    return f"{owner} IN ({hand.marks(ids)})", ids


def _who(folder: Path, sizes: Sizes) -> Figure:
    """Who can read one record, with the reasons, among 10,000."""
    crm = open_workspace(f"sqlite:///{folder / 'who.db'}", schema=schema(more=True), create=True)
    with crm.work() as work:
        roles = [work.create("crm_role", _given(*one)).id for one in SCOPES.items()]
        users = [
            work.create(
                "crm_user", {"name": f"lead {one}", "login": f"l{one}", "roles": roles[1:2]}
            )
            for one in range(100)
        ]
    people = sizes.of(10_000, 10_000)
    for start in range(0, people, 5_000):
        with crm.work() as work:
            work.create_all(
                "crm_user",
                [
                    {
                        "name": f"u{number}",
                        "login": f"u{number}",
                        "department": f"d{number % 100}",
                        "superior": users[number % 100].id,
                        "roles": [roles[0 if number % 20 else 2]],
                    }
                    for number in range(start, min(people, start + 5_000))
                ],
            )
    with crm.work() as work:
        owner = work.find("crm_user", "login == 'u7'")[0].id
        record = work.create("thing", values(1) | {"owner": owner}).id
    who_can(crm, "thing", record, "read")
    (ours,) = in_turns(sizes, lambda _: who_can(crm, "thing", record, "read"))
    return Figure(f"who can read one record, of {people:,}", "", ours, None, 100_000)
