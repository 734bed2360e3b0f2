"""`digest` and `doctor`."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Final, Literal

from crmcore.cli.checks import Check, checks
from crmcore.cli.command import argument, command, flag
from crmcore.cli.desk import Desk, open_existing
from crmcore.cli.exits import OK, REFUSED
from crmcore.cli.lessons import trusting
from crmcore.cli.places import as_url

_EXTRAS: Final = {
    "sqlalchemy": "sql",
    "openpyxl": "excel",
    "pandas": "notebook",
    "pyarrow": "notebook",
    "polars": "polars",
    "hypothesis": "testing",
}


@command(
    "digest", trusting.DIGEST, argument("urls", many=True, required=False), flag("--full"),
    flag("--shape"),
)  # fmt: skip
def digest(desk: Desk, urls: tuple[str, ...], full: bool, shape: bool) -> None:
    """Digests of stores, a line each."""
    if full and shape:
        raise desk.bad("--full", "choose --full or --shape", "--full 与 --shape 只能选一")
    kind: Literal["content", "full", "shape"] = "full" if full else "shape" if shape else "content"
    names = list(urls) or [desk.url()]
    found: list[dict[str, object]] = []
    for name in names:
        crm = desk.keep(open_existing(as_url(name, Path()), desk.keys()))
        one = crm.digest(kind)
        found.append({"store": name, "kind": kind, "position": one.position, "digest": one.value})
        desk.screen.line(f"{name}  {kind}  {one.value}")
        desk.close()
    desk.screen.data({"digests": found})


@command("doctor", trusting.DOCTOR)
def doctor(desk: Desk) -> int:
    """Check the store, its history, and what is installed."""
    crm = desk.workspace()
    found = [*checks(crm, desk.tongue), _installed(desk)]
    bad = [one for one in found if one.is_bad]
    desk.screen.data({"ok": not bad, "checks": [_data(one) for one in found]})
    for one in found:
        sign, style = ("✗", "red") if one.is_bad else ("✓", "green")
        desk.screen.line(f"{sign} {one.title}: {one.finding}", style)
        for line in one.more:
            desk.screen.line(f"    {line}")
    desk.screen.line(
        desk.tongue("all is well", "一切正常")
        if not bad
        else desk.tongue(f"{len(bad)} problems", f"{len(bad)} 个问题"),
        "bold",
    )
    return REFUSED if bad else OK


def _data(one: Check) -> dict[str, object]:
    more = list(one.more)
    return {"name": one.name, "ok": not one.is_bad, "finding": one.finding, "more": more}


def _installed(desk: Desk) -> Check:
    missing = sorted({extra for package, extra in _EXTRAS.items() if find_spec(package) is None})
    title = desk.tongue("extras", "可选组件")
    if not missing:
        return Check("extras", title, desk.tongue("all installed", "均已安装"))
    names = ", ".join(missing)
    return Check("extras", title, desk.tongue(f"not installed: {names}", f"未安装：{names}"))
