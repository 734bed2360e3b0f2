"""A file into a workspace in one call."""

from __future__ import annotations

import os
from typing import Any

from crmcore.importing.adopting import adopt
from crmcore.importing.loading import Loaded, load
from crmcore.importing.rehearsing import Progress, plan
from crmcore.importing.sources import Openable
from crmcore.sheets import check_target
from crmcore.work import Workspace


def import_file(
    crm: Workspace,
    source: Openable,
    *,
    adopt_proposals: bool = False,
    rejects: str | os.PathLike[str] | None = None,
    progress: Progress | None = None,
    **options: Any,
) -> Loaded:
    """Plan and load `source`; `options` are those of `plan`.

    With `adopt_proposals`, fields, modules and users that the plan proposes are made first.
    With `rejects`, rows with problems are written there and the others imported
    (`errors="reject"`); otherwise any problem refuses everything. Raises `ImportHalted`,
    whose `plan` holds every problem.
    """
    if rejects is not None:
        check_target(rejects)
        options.setdefault("errors", "reject")
    structure = plan(crm, source, **{**options, "rehearse": False}) if adopt_proposals else None
    if structure is not None:
        made = adopt(crm, structure, progress=progress)
    else:
        # Where rows may be refused one by one, the run itself finds out which.
        options.setdefault("rehearse", options.get("errors") != "reject")
        made = plan(crm, source, progress=progress, **options)
    return load(crm, made, rejects=rejects, progress=progress)
