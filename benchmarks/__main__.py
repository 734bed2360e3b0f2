"""Ratios to hand-written code for the same question, in one run.

    python benchmarks [QUESTION …] [--full] [--rows N] [--rounds N] [--wall]

Without names every question is asked. Both ways are done in turns, in one process or each in
processes of their own, and medians are compared. Seconds are seconds of the processor, so
that a busy machine disturbs little; with `--wall` they are those of the clock on the wall.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from archiving import archives
from asking import group, one, page, read
from changing import update
from commits import mariadb_commits, postgresql_commits
from creating import create
from documents import mongodb
from language import condition
from loading import handover, imports
from measuring import Answer, Figure, Sizes
from reviewing import access_diff
from starting import start

from access import access, access_postgresql
from servers import mariadb, postgresql

QUESTIONS: dict[str, Callable[[Path, Sizes], Answer]] = {
    "create": create,
    "read": read,
    "get": one,
    "page": page,
    "group": group,
    "access": access,
    "access-postgresql": access_postgresql,
    "update": update,
    "import": imports,
    "condition": condition,
    "handover": handover,
    "archive": archives,
    "start": start,
    "access-diff": access_diff,
    "postgresql": postgresql,
    "commits-postgresql": postgresql_commits,
    "commits-mariadb": mariadb_commits,
    "mariadb": mariadb,
    "mongodb": mongodb,
}
WIDTHS = (44, 40, 10, 10, 9, 9, 7)


def main() -> None:
    """Ask the named questions and print one table."""
    parser = argparse.ArgumentParser(
        prog="benchmarks", formatter_class=argparse.RawDescriptionHelpFormatter, description=__doc__
    )
    parser.add_argument("questions", nargs="*", metavar="QUESTION", help=", ".join(QUESTIONS))
    parser.add_argument("--full", action="store_true", help="the sizes that the aims are about")
    parser.add_argument("--rows", type=int, help="so many records, whatever is asked")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--wall", action="store_true", help="the clock on the wall")
    given = parser.parse_args()
    unknown = [name for name in given.questions if name not in QUESTIONS]
    if unknown:
        parser.error(f"no such question: {', '.join(unknown)}; there are {', '.join(QUESTIONS)}")
    clock = time.perf_counter if given.wall else time.process_time
    sizes = Sizes(given.full, given.rows, given.rounds, clock)
    notes: list[str] = []
    print(_line("question", "against", "ours", "theirs", "ratio", "aim", "reached"))
    for name in given.questions or QUESTIONS:
        with tempfile.TemporaryDirectory() as folder:
            answer = QUESTIONS[name](Path(folder), sizes)
        for figure in answer.figures:
            print(_shown(figure), flush=True)
        notes += answer.notes
    print(*notes, sep="\n")


def _line(*cells: str) -> str:
    sides = "<<>>>>>"
    return " ".join(f"{c:{side}{w}}" for c, side, w in zip(cells, sides, WIDTHS, strict=True))


def _shown(figure: Figure) -> str:
    alone = figure.theirs is None
    aim = f"{'<' if figure.strict else '≤'} {figure.aim:g}"
    unit = ("" if figure.unit == "MB" else " µs") if alone else " ×"
    if alone and figure.unit == "MB":
        unit = " MB"
    return _line(
        figure.question,
        figure.against,
        _amount(figure, figure.ours),
        "" if figure.theirs is None else _amount(figure, figure.theirs),
        "" if alone else f"{figure.measure:.2f} ×",
        aim + unit,
        "yes" if figure.reached else "no",
    )


def _amount(figure: Figure, found: float) -> str:
    if figure.unit == "MB":
        return f"{found:.0f} MB"
    each = found / figure.count
    if figure.count > 1:
        return f"{each * 1e6:.1f} µs" if each < 1e-2 else f"{each * 1e3:.1f} ms"
    return f"{found * 1e3:.0f} ms" if found < 1 else f"{found:.2f} s"


if __name__ == "__main__":
    main()
