"""Changing a tenth of all records with history, in the store and through the door."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from measuring import Act, Answer, Figure, Sizes, in_turns
from stores import column, columns_of, filled, raw

from crmcore import Workspace
from crmcore.editing import update as batch_update


def update(folder: Path, sizes: Sizes) -> Answer:
    """A constant in a tenth of the records, against UPDATE and INSERT … SELECT by hand."""
    # The store sets constants at once from 10,000 records on.
    count = sizes.of(120_000, 300_000)
    against = "UPDATE and INSERT … SELECT by hand"
    figures = []
    for name, formula, aim in (("in the store", False, 3), ("with rules", True, 8)):
        path = folder / f"{name}.db"
        crm, store = filled(path, count, formula=formula), raw(path)
        times = in_turns(sizes, _ours(crm, "door" if formula else "rewrite"), _theirs(store))
        figures.append(Figure(f"update of {count // 10:,}, {name}", against, *times, aim))
        store.close()
    return Answer(figures)


def _ours(crm: Workspace, how: str) -> Act:
    def run(number: int) -> None:
        done = batch_update(crm, "thing", "n2 == 3", {"t4": f"ours {number}"})
        assert done.how == how, done

    return run


def _theirs(store: sqlite3.Connection) -> Act:
    kept = [one for one in columns_of(store, "crmh_thing") if one not in ("ended_by", "removed")]
    names, text, found = ", ".join(kept), column(store, "t4"), column(store, "n2")
    changed = f"{found} = 3 AND ({text} IS NULL OR {text} <> :value)"
    move = (
        f"INSERT INTO crmh_thing ({names}, ended_by, removed)"
        f" SELECT {names}, :change, 0 FROM crmd_thing WHERE {changed}"
    )
    # The moment stays as it is: the next change of ours must come after it.
    change = f"UPDATE crmd_thing SET {text} = :value, version = version + 1 WHERE {changed}"

    def run(number: int) -> None:
        given = {"value": f"theirs {number}", "change": f"{number:032x}"}
        store.execute("BEGIN IMMEDIATE")
        store.execute(move, given)
        store.execute(change, given)
        store.execute("COMMIT")

    return run
