"""The sink test: places where text could become code, and where time could come from nowhere.

Every sink is refused unless its argument is a literal; a literal is a string constant, or a
name of the module bound once to one.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator

from tests.architecture.sources import Finding, Source, place, scopes

GENERATOR = "crmcore/codegen.py"
CLOCK = "crmcore/clock.py"
# Fills the project's own sentences, and only with text made harmless before.
SENTENCES = "crmcore/errors/problem.py"

# SQLAlchemy's ways to say raw SQL, by the position of the raw argument.
RAW_SQL = {
    "literal_column": 0,
    "op": 0,
    "bool_op": 0,
    "CheckConstraint": 0,
    "Computed": 0,
    "DDL": 0,
    "prefix_with": 0,
    "suffix_with": 0,
    "with_hint": 1,
    "with_statement_hint": 0,
}
# Common words that are raw SQL only where they come from SQLAlchemy.
RAW_SQL_IMPORTED = {"text", "extract"}
STATEMENTS = {"exec_driver_sql", "execute", "executemany", "executescript"}
CLOCK_CALLS = {
    "datetime.now", "datetime.today", "datetime.utcnow", "datetime.fromtimestamp",
    "datetime.utcfromtimestamp", "date.today", "date.fromtimestamp",
    "time.time", "time.time_ns", "time.localtime", "time.gmtime", "time.ctime",
    "uuid.uuid1", "uuid.uuid6", "uuid.uuid7",
}  # fmt: skip
CLOCK_FUNCTIONS = {
    "now", "current_timestamp", "current_date", "current_time", "localtimestamp", "sysdate",
}  # fmt: skip
PICKLES = {
    "pickle", "cPickle", "_pickle", "cloudpickle", "dill", "jsonpickle", "marshal", "shelve",
    "read_pickle", "to_pickle", "yaml.load", "yaml.unsafe_load", "yaml.full_load",
}  # fmt: skip
MONGO_CODE = {"$where", "$function", "$accumulator"}


def all_findings(files: Iterable[Source]) -> list[Finding]:
    """What every check of this page finds."""
    return [finding for source in files for check in CHECKS for finding in check(source)]


def raw_sql(source: Source) -> Iterator[Finding]:
    """SQL text comes from literals only; values are bound, names are quoted by the dialect."""
    literals, origins = _literals(source.tree), _origins(source.tree)
    for where, call in _calls(source):
        origin = _origin(call.func, origins)
        name = origin.rpartition(".")[2]
        position = RAW_SQL.get(name)
        if name in RAW_SQL_IMPORTED and origin.startswith("sqlalchemy"):
            position = 0
        if position is not None and not _literal_at(call, position, literals):
            yield Finding("raw-sql", where, call.lineno, f"gives {name}() what is no literal")
        if name in STATEMENTS and call.args and _assembled(call.args[0]):
            yield Finding("raw-sql", where, call.lineno, f"assembles the statement of {name}()")
        if any(item.arg == "is_literal" and not _is_false(item.value) for item in call.keywords):
            yield Finding("raw-sql", where, call.lineno, "makes a column of raw SQL")


def code_execution(source: Source) -> Iterator[Finding]:
    """Only the generator turns text into code."""
    if source.path == GENERATOR:
        return
    suite = source.parts[:2] == ("crmcore", "testing")
    for where, node in _places(source):
        name = node.id if isinstance(node, ast.Name) else ""
        if isinstance(node, ast.Attribute) and _name(node).startswith("builtins."):
            name = node.attr
        if name in {"eval", "exec", "compile", "__import__"}:
            yield Finding("exec", where, node.lineno, f"names {name}")
        if isinstance(node, ast.Constant) and node.value in MONGO_CODE and not suite:
            yield Finding("exec", where, node.lineno, f"writes {node.value}")


def pickling(source: Source) -> Iterator[Finding]:
    """Nothing is stored or read in a form that runs code when loaded."""
    for where, node in _places(source):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name.partition(".")[0] for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [(node.module or "").partition(".")[0]]
        elif isinstance(node, ast.Attribute):
            names = [node.attr, _name(node)]
        if PICKLES & set(names):
            yield Finding("pickle", where, node.lineno, "can run what it loads")


def formatting(source: Source) -> Iterator[Finding]:
    """`str.format` is given literals only: a template of a user could read attributes."""
    if source.path == SENTENCES:
        return
    literals = _literals(source.tree)
    for where, call in _calls(source):
        method = call.func if isinstance(call.func, ast.Attribute) else None
        formats = method is not None and method.attr in {"format", "format_map"}
        if method is not None and formats and not _is_literal(method.value, literals):
            yield Finding("format", where, call.lineno, "formats what is no literal")
        if _name(call.func).rpartition(".")[2] in {"vformat", "Formatter"}:
            yield Finding("format", where, call.lineno, "uses a formatter")


def clocks(source: Source) -> Iterator[Finding]:
    """Time comes from the injected clock: nothing else asks what time it is."""
    if source.path == CLOCK:
        return
    origins = _origins(source.tree)
    for where, call in _calls(source):
        name = ".".join(_origin(call.func, origins).split(".")[-2:])
        owner, _, function = name.rpartition(".")
        if name in CLOCK_CALLS:
            yield Finding("clock", where, call.lineno, f"asks {name}()")
        if owner == "func" and function in CLOCK_FUNCTIONS:
            yield Finding("clock", where, call.lineno, "asks the clock of the database")


CHECKS: list[Callable[[Source], Iterator[Finding]]] = [
    raw_sql,
    code_execution,
    pickling,
    formatting,
    clocks,
]


def _places(source: Source) -> Iterator[tuple[str, ast.expr | ast.stmt]]:
    for scope, node in scopes(source.tree):
        if isinstance(node, ast.expr | ast.stmt):
            yield place(source, scope), node


def _calls(source: Source) -> Iterator[tuple[str, ast.Call]]:
    for where, node in _places(source):
        if isinstance(node, ast.Call):
            yield where, node


def _name(node: ast.expr) -> str:
    """The dotted name that `node` spells, or "" where it is more than a name."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{_name(node.value)}.{node.attr}"
    return ""


def _origins(tree: ast.Module) -> dict[str, str]:
    """Local names to the full names they were imported from."""
    origins: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                origins[alias.asname or alias.name] = alias.name
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                origins[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    return origins


def _origin(node: ast.expr, origins: dict[str, str]) -> str:
    head, _, rest = _name(node).partition(".")
    return f"{origins.get(head, head)}.{rest}".rstrip(".")


def _literals(tree: ast.Module) -> set[str]:
    """The names of the module bound once, at its top, to a string constant."""
    bound: dict[str, list[ast.expr]] = {}
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            bound.setdefault(node.targets[0].id, []).append(node.value)
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value:
            bound.setdefault(node.target.id, []).append(node.value)
    stores = [n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and _is_store(n)]
    return {
        name
        for name, values in bound.items()
        if stores.count(name) == 1 and _is_literal(values[0], set())
    }


def _is_store(node: ast.Name) -> bool:
    return isinstance(node.ctx, ast.Store)


def _is_literal(node: ast.expr, literals: set[str]) -> bool:
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str)
    if isinstance(node, ast.IfExp):
        return _is_literal(node.body, literals) and _is_literal(node.orelse, literals)
    return isinstance(node, ast.Name) and node.id in literals


def _literal_at(call: ast.Call, position: int, literals: set[str]) -> bool:
    if any(isinstance(arg, ast.Starred) for arg in call.args[: position + 1]):
        return False
    if len(call.args) > position:
        return _is_literal(call.args[position], literals)
    return all(_is_literal(keyword.value, literals) for keyword in call.keywords[:1])


def _assembled(node: ast.expr) -> bool:
    if isinstance(node, ast.BinOp):
        return True
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return node.func.attr in {"format", "format_map", "join", "replace"}
    return isinstance(node, ast.JoinedStr) and any(
        isinstance(part, ast.FormattedValue) for part in node.values
    )


def _is_false(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is False
