"""Applying a plan in another process, which dies at a chosen statement."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import create_engine, event

import crmcore_mongo.backend  # noqa: F401
import crmcore_sql.backend  # noqa: F401
from crmcore import evolving, open_workspace
from crmcore.evolving import applying

STEP_RECORDS = 5

Moment = Literal["before", "sent"]
"""Where it dies: before a statement leaves, or when it left and nobody waits for the answer."""


class Countdown:
    """Counts statements from when it is armed, and ends the process at number `last`."""

    def __init__(self, last: int, moment: Moment) -> None:
        self.last, self.moment, self.count, self.armed = last, moment, 0, False

    def before(self) -> bool:
        """One more statement; whether the process is to end when it was sent."""
        if not self.armed:
            return False
        self.count += 1
        if self.count == self.last and self.moment == "before":
            os._exit(9)
        return self.count == self.last


def applies_until(url: str, plan: str, last: int, moment: Moment, told: str) -> None:
    """Apply the stored `plan` and die, without a word, at statement number `last`.

    Writes the number of statements into `told` where there were not so many.
    """
    applying.STEP_RECORDS = STEP_RECORDS  # type: ignore[misc]
    countdown = Countdown(last, moment)
    crm = open_workspace(_WATCHED[url.partition(":")[0].partition("+")[0]](url, countdown))
    found = evolving.plan_from_json(json.loads(Path(plan).read_text("utf-8")))
    countdown.armed = True
    evolving.apply(crm, found, op_id="apply")
    Path(told).write_text(str(countdown.count))


def _sqlite(url: str, countdown: Countdown) -> object:
    engine = create_engine(url)
    event.listen(
        engine, "connect", lambda raw, _: raw.set_trace_callback(lambda _: countdown.before())
    )
    return engine


def _postgresql(url: str, countdown: Countdown) -> object:
    """Everything that psycopg sends goes through `wait`."""
    import psycopg

    wait: Callable[..., Any] = psycopg.Connection.wait

    def counted(self: object, talk: Iterator[Any], *rest: Any, **more: Any) -> Any:
        if countdown.before():
            next(talk)
            os._exit(9)
        return wait(self, talk, *rest, **more)

    psycopg.Connection.wait = counted  # type: ignore[method-assign]
    return url


def _mariadb(url: str, countdown: Countdown) -> object:
    from pymysql.connections import Connection

    send: Callable[..., Any] = Connection._execute_command

    def counted(self: object, *words: Any) -> None:
        is_last = countdown.before()
        send(self, *words)
        if is_last:
            os._exit(9)

    Connection._execute_command = counted
    return url


def _mongodb(url: str, countdown: Countdown) -> object:
    from pymongo import monitoring

    class Listener(monitoring.CommandListener):
        """Hears of commands before they leave."""

        def started(self, event: monitoring.CommandStartedEvent) -> None:
            countdown.before()

        def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
            pass

        def failed(self, event: monitoring.CommandFailedEvent) -> None:
            pass

    monitoring.register(Listener())
    return url


_WATCHED: dict[str, Callable[[str, Countdown], object]] = {
    "sqlite": _sqlite,
    "postgresql": _postgresql,
    "mariadb": _mariadb,
    "mysql": _mariadb,
    "mongodb": _mongodb,
}


def _serve() -> None:
    """Fork a process for each line of jobs, and tell what it ended with."""
    for line in sys.stdin:
        process = os.fork()
        if process == 0:
            applies_until(*json.loads(line))
            os._exit(0)
        _, status = os.waitpid(process, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


class Children:
    """Processes that run `applies_until`, forked from one that has loaded everything."""

    def __init__(self) -> None:
        self._server = subprocess.Popen(
            [sys.executable, "-m", __name__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: object) -> int:
        """What a process ended with."""
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        self._server.stdin.write(json.dumps(arguments) + "\n")
        self._server.stdin.flush()
        return int(self._server.stdout.readline())

    def close(self) -> None:
        """End the server of processes."""
        self._server.communicate(timeout=30)


if __name__ == "__main__":
    _serve()
