"""Commits per second of one workspace, 1 → 8 writers, against the same with a bare change set.

The other side makes the same writes through the same gates, and its change set is a row that
nobody numbers: sealing is left out. Seconds are those of the clock on the wall.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

from measuring import Answer, Figure, Sizes, in_turns
from stores import schema, values

from crmcore import open_workspace

WRITERS = (1, 8)


def postgresql_commits(_folder: Path, sizes: Sizes) -> Answer:
    """On PostgreSQL, which forces nothing to disk, for both ways alike."""
    from crmcore.testing.servers import postgresql_server

    with postgresql_server() as server:
        return _answer("PostgreSQL", server.create(server.unused()), sizes)


def mariadb_commits(_folder: Path, sizes: Sizes) -> Answer:
    """The same on MariaDB."""
    from crmcore.testing.servers.mariadb import mariadb_server

    with mariadb_server() as server:
        return _answer("MariaDB", server.create(server.unused()), sizes)


def _answer(name: str, url: str, sizes: Sizes) -> Answer:
    sizes = replace(sizes, clock=time.perf_counter)
    crm = open_workspace(url, schema=schema(), create=True)
    count, figures, number = sizes.of(200, 2_000), list[Figure](), iter(range(10**9))

    def commit() -> None:
        with crm.work() as work:
            work.create("thing", values(next(number)))

    for writers in WRITERS:
        sealed = _by(commit, writers, count)

        def bare(round_: int, sealed: Callable[[int], None] = sealed) -> None:
            with patch("crmcore.work.transaction.seal"):
                sealed(round_)

        times = in_turns(sizes, sealed, bare)
        question = f"{name}: a commit, {writers} writer{'s' if writers > 1 else ''}"
        figures.append(Figure(question, "the same, never sealed", *times, 1.33, count))
    crm.close()
    return Answer(figures)


def _by(commit: Callable[[], None], writers: int, count: int) -> Callable[[int], None]:
    """`count` commits by so many writers at once."""

    def run(_round: int) -> None:
        with ThreadPoolExecutor(writers) as pool:
            for done in [pool.submit(commit) for _ in range(count)]:
                done.result()

    return run
