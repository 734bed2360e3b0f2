"""Access: a page, a count and sums of what four people may see; and who can see one record."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from importlib import import_module
from itertools import count as counting
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from measuring import Answer, Figure, Sizes, in_turns, repeated
from stores import column, columns_of, multiply, raw, schema, values

from crmcore import Grant, GroupBy, Measure, Role, Summary, Workspace, open_workspace
from crmcore.access import role_values
from crmcore.explaining import who_can

PEOPLE = 200
TEAM = 10
BRANCHES = 10
READING = ("read", "report")
SCOPES = {"rep": "own", "lead": "subordinates", "director": "department_and_below", "CEO": "all"}
SUMS = Summary("thing", (GroupBy("c0"),), (Measure("sum", "d0", name="sum"),))
COUNT = Summary("thing", (), (Measure("count", name="count"),))


def access(folder: Path, sizes: Sizes) -> Answer:
    """Page of 50, count and sum by a choice, for four people, against SQL by hand for each."""
    path = folder / "crm.db"
    crm = _company(path, sizes.of(100_000, 100_000))
    store = raw(path)
    figures = []
    for login, scope in SCOPES.items():
        ours, theirs = _asking(crm.as_(login), store, login)
        times = in_turns(sizes, repeated(ours, 5), repeated(theirs, 5))
        question = f"page, count, sums: {login} ({scope})"
        figures.append(Figure(question, "the same SQL by hand", *times, 1.3, 5))
    figures += [*_per_record(crm.as_("rep"), sizes), _who(folder, sizes)]
    return Answer(figures, [] if _casbin() else ["pycasbin is not installed: not compared"])


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


def _company(path: Path, count: int) -> Workspace:
    crm = open_workspace(f"sqlite:///{path}", schema=schema(more=True), create=True)
    with crm.work() as work:
        roles = {
            login: work.create("crm_role", _given(login, scope)).id
            for login, scope in SCOPES.items()
        }
        work.create("crm_department", {"name": "sales"})
        parent = work.find("crm_department")[0].id
        for number in range(BRANCHES):
            work.create("crm_department", {"name": f"branch {number}", "parent": parent})
        users: dict[str, str] = {}
        for login, branch in (("CEO", "sales"), ("director", "branch 0"), ("lead", "branch 1")):
            given = {"name": login, "login": login, "department": branch, "roles": [roles[login]]}
            users[login] = work.create("crm_user", given).id
        owners = []
        for number in range(PEOPLE):
            login = "rep" if number == 0 else f"u{number}"
            given = {"name": login, "login": login, "roles": [roles["rep"]]}
            given["department"] = f"branch {number % BRANCHES}"
            given["superior"] = users["lead"] if number < TEAM else None
            owners.append(work.create("crm_user", given).id)
    seed = min(count, 10_000)
    with crm.work() as work:
        rows = [values(one) | {"owner": owners[one // 10 % PEOPLE]} for one in range(seed)]
        work.create_all("thing", rows)
    multiply(path, seed, count)
    return crm


def _given(login: str, scope: str) -> dict[str, object]:
    role = Role(login, grants=[Grant("thing", READING, scopes=[scope])])
    return {name: one for name, one in role_values(role).items() if one is not None}


def _asking(
    crm: Workspace, store: sqlite3.Connection, login: str
) -> tuple[Callable[[], object], Callable[[], object]]:
    """Our way and the one by hand, which knows beforehand whose records they are."""
    columns = [one for one in columns_of(store) if not one.endswith(("_k", "_u"))]
    n2, d0, c0 = column(store, "n2"), column(store, "d0"), column(store, "c0")
    mine, ids = _by_hand(store, login, crm.principal)
    ours_asked, theirs_asked = counting(), counting()

    def ours() -> object:
        found = crm.find("thing", f"n2 >= {next(ours_asked) % 5}", limit=50)
        ((count,),) = crm.summarize(COUNT).rows()
        sums = list(crm.summarize(SUMS).rows())
        return [one.id for one in found], count, len(sums)

    def theirs() -> object:
        filtered = f"SELECT {', '.join(columns)} FROM crmd_thing WHERE n2 >= ? AND {mine}"
        filtered = filtered.replace("n2 >=", f"{n2} >=")
        page = store.execute(f"{filtered} ORDER BY id LIMIT 51", (next(theirs_asked) % 5, *ids))
        found = page.fetchall()[:50]
        count = store.execute(f"SELECT count(*) FROM crmd_thing WHERE {mine}", ids)
        sums = f"SELECT {c0}, sum({d0}) FROM crmd_thing WHERE {mine} GROUP BY {c0}"
        (total,) = count.fetchone()
        return [one[0] for one in found], total, len(store.execute(sums, ids).fetchall())

    assert ours() == theirs()
    return ours, theirs


def _by_hand(store: sqlite3.Connection, login: str, user: object) -> tuple[str, Sequence[object]]:
    owner = column(store, "owner")
    if login == "CEO":
        return "1", ()
    if login == "rep":
        return f"{owner} = ?", (user,)
    place = "superior" if login == "lead" else "department"
    names = columns_of(store, "crmd_crm_user")
    found = next(one for one in names if one.startswith(f"{place}_") and not one.endswith("_k"))
    rows = store.execute(
        f"SELECT id FROM crmd_crm_user WHERE {found} = ?",
        (user if login == "lead" else "branch 0",),
    )
    ids = [row[0] for row in rows]
    return f"{owner} IN ({', '.join('?' * len(ids))})", ids


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
