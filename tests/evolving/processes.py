"""Applying a plan in another process, which dies at a chosen statement."""

from __future__ import annotations

import json
import os
from pathlib import Path

from sqlalchemy import create_engine, event

from crmcore import evolving, open_workspace
from crmcore.evolving import applying

STEP_RECORDS = 40


def applies_until(url: str, plan: str, last: int, told: str) -> None:
    """Apply the stored `plan` and die, without a word, before statement number `last`.

    Writes the number of statements into `told` where there were not so many.
    """
    applying.STEP_RECORDS = STEP_RECORDS  # type: ignore[misc]
    count = {"statements": 0, "armed": False}

    def counted(_: str) -> None:
        if count["armed"]:
            count["statements"] += 1
            if count["statements"] == last:
                os._exit(9)

    engine = create_engine(url)
    event.listen(engine, "connect", lambda raw, _: raw.set_trace_callback(counted))
    crm = open_workspace(engine)
    found = evolving.plan_from_json(json.loads(Path(plan).read_text("utf-8")))
    count["armed"] = True
    evolving.apply(crm, found, op_id="apply")
    Path(told).write_text(str(count["statements"]))
