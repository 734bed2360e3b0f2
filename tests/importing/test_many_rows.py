"""Very many rows: all of them arrive, and what was read is let go of."""

from __future__ import annotations

import os
import resource
from pathlib import Path

from crmcore import Field, Measure, Module, Schema, Summary, open_workspace
from crmcore.importing import import_file
from crmcore.kinds import DecimalKind, Phone, Text

COUNT = 1_000_000 if os.environ.get("CRMCORE_TRIES") == "deep" else 15_000
MEGABYTES = 200

ACCOUNT = Module(
    "account",
    [
        Field("code", Text(), "客户编号", unique="exact"),
        Field("name", Text(), "客户名称"),
        Field("phone", Phone(), "电话"),
        Field("amount", DecimalKind(2), "金额"),
    ],
    title="name",
    label="客户",
)


def test_very_many_rows_arrive(tmp_path: Path) -> None:
    book = tmp_path / "many.csv"
    with book.open("w", encoding="utf-8") as file:
        file.write("客户编号,客户名称,电话,金额\n")
        for n in range(COUNT):
            file.write(f'A{n},客户{n},138{n:08d},"￥{n % 9999:,}.50"\n')
    crm = open_workspace(f"sqlite:///{tmp_path / 'crm.db'}", create=True, schema=Schema([ACCOUNT]))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    done = import_file(crm, book, rejects=tmp_path / "rejects.csv", modules="account")
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    assert (done.counts.create, done.counts.reject) == (COUNT, 0)
    assert grown < MEGABYTES
    counted = crm.summarize(Summary("account", measures=[Measure("count")]))
    assert list(counted.rows()) == [(COUNT,)]
    assert len(crm.find("account", f"客户编号 == 'A{COUNT - 1}'")) == 1
    crm.close()
