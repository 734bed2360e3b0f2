"""The classes of refusal."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, Final

from crmcore.errors.problem import Language, Problem

_LINES: Final = 50


class CrmError(Exception):
    """The root of every refusal of crmcore.

    `code` names the first problem, `problems` holds all of them, `http_status` is the
    status that a web application would answer.
    """

    http_status: ClassVar[int] = 400

    def __init__(self, code: str | Iterable[Problem], /, **params: object) -> None:
        where = {name: _text(params.pop(name, None)) for name in ("module", "record", "field")}
        self.problems: tuple[Problem, ...] = (
            (Problem(code, params, **where),) if isinstance(code, str) else tuple(code)
        )
        super().__init__(self.code)

    @property
    def code(self) -> str:
        """The code of the first problem."""
        return self.problems[0].code

    def message(self, language: Language = "en") -> str:
        """The problems as sentences, one a line; of very many the first, and how many more."""
        lines = [_line(problem, language) for problem in self.problems[:_LINES]]
        more = len(self.problems) - len(lines)
        if more:
            lines.append(f"… {more:,} more" if language == "en" else f"……另有 {more:,} 条")
        return "\n".join(lines)

    def to_dict(self, language: Language = "en") -> dict[str, object]:
        """This refusal for a web response."""
        return {
            "code": self.code,
            "problems": [problem.to_dict(language) for problem in self.problems],
        }

    def __str__(self) -> str:
        return self.message()


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _line(problem: Problem, language: Language) -> str:
    where = problem.where()
    return f"{where}: {problem.message(language)}" if where else problem.message(language)


class Invalid(CrmError):
    """A value, a record or an argument is not acceptable."""

    http_status = 422


class SchemaError(CrmError):
    """A definition of a module, field, option or role contradicts itself or its neighbors."""

    http_status = 422


class QueryError(CrmError):
    """An expression cannot be read or does not fit the schema; `position` counts code points."""

    http_status = 400

    @property
    def position(self) -> int | None:
        """Where in the text the problem lies, counted in code points from 0."""
        found = self.problems[0].params.get("position")
        return found if isinstance(found, int) else None

    @property
    def suggestion(self) -> str | None:
        """The nearest name that would have been understood, if there is one."""
        found = self.problems[0].params.get("suggestion")
        return found if isinstance(found, str) and found else None


class SignInRefused(CrmError):
    """Nobody is signed in by that: the login, password, code or token does not hold."""

    http_status = 401


class Throttled(CrmError):
    """Too many attempts: `seconds` must pass before the next one."""

    http_status = 429

    @property
    def seconds(self) -> int:
        """How long to wait."""
        found = self.problems[0].params.get("seconds")
        return found if isinstance(found, int) else 0


class NotFound(CrmError):
    """There is no such thing, or none that the user may see."""

    http_status = 404


class AccessDenied(CrmError):
    """The user may see this, but may not do that."""

    http_status = 403


class Conflict(CrmError):
    """Somebody changed or removed the record meanwhile; read it again and retry."""

    http_status = 409


class Duplicate(Conflict):
    """A unique value is taken."""


class Stale(Conflict):
    """Rights or schema changed while the work was running; run it again."""


class OpMismatch(CrmError):
    """The `op_id` was used before for another request."""

    http_status = 409


class CapacityExceeded(CrmError):
    """More was asked for than a stated limit allows."""

    http_status = 413


class BeyondHorizon(CrmError):
    """The moment asked for lies outside what the history holds."""

    http_status = 410


class UnitOfWorkClosed(CrmError):
    """The unit of work has ended, was broken by an error, or is used where it must not be."""

    http_status = 409


class WorkspaceError(CrmError):
    """The workspace cannot be opened or used as asked."""

    http_status = 400


class StorageError(CrmError):
    """The store failed; nothing of the unit of work remains."""

    http_status = 503


class StorageFull(StorageError):
    """The store has no room left; nothing of the unit of work remains."""

    http_status = 507


class SourceError(CrmError):
    """A file cannot be read as what it claims to be, or exceeds a limit."""

    http_status = 422


class ImportRefused(CrmError):
    """An import stopped: rows have problems, or the store changed since the plan."""

    http_status = 422


class MissingExtra(CrmError, ImportError):
    """An optional dependency is not installed; the message names the extra."""

    http_status = 500
