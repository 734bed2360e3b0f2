"""The style budgets: size, names, documentation, annotations."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tests.architecture.sources import Finding, Source, place, scopes

FILE_LINES = 300
FUNCTION_LINES = 40
PUBLIC_METHODS = 12
PUBLIC_NAMES = 30

VAGUE_MODULES = {"util", "utils", "helper", "helpers", "common", "misc", "base"}
VAGUE_CLASS = re.compile(r"(Manager|Service|Helper|Impl)$|^Abstract")

Function = ast.FunctionDef | ast.AsyncFunctionDef


def file_size(source: Source) -> Iterator[Finding]:
    """A file has at most `FILE_LINES` lines."""
    lines = len(source.text.splitlines())
    if lines > FILE_LINES:
        yield Finding("file-size", source.path, lines, f"{lines} lines, at most {FILE_LINES}")


def function_size(source: Source) -> Iterator[Finding]:
    """A function has at most `FUNCTION_LINES` lines, its docstring not counted."""
    for scope, node in scopes(source.tree):
        if isinstance(node, Function):
            lines = _lines_of_code(node)
            if lines > FUNCTION_LINES:
                where = place(source, f"{scope}.{node.name}".lstrip("."))
                message = f"{lines} lines, at most {FUNCTION_LINES}"
                yield Finding("function-size", where, node.lineno, message)


def _lines_of_code(node: Function) -> int:
    lines = (node.end_lineno or node.lineno) - node.lineno + 1
    if ast.get_docstring(node, clean=False) is not None:
        docstring = node.body[0]
        lines -= (docstring.end_lineno or docstring.lineno) - docstring.lineno + 1
    return lines


def class_size(source: Source) -> Iterator[Finding]:
    """A class has at most `PUBLIC_METHODS` public methods; the tests of a suite do not count."""
    suite = source.parts[:2] == ("crmcore", "testing")
    for scope, node in scopes(source.tree):
        if isinstance(node, ast.ClassDef):
            names = {item.name for item in node.body if isinstance(item, Function)}
            public = [name for name in names if not name.startswith("_")]
            if suite:
                public = [name for name in public if not name.startswith("test_")]
            if len(public) > PUBLIC_METHODS:
                where = place(source, f"{scope}.{node.name}".lstrip("."))
                message = f"{len(public)} public methods, at most {PUBLIC_METHODS}"
                yield Finding("class-size", where, node.lineno, message)


def vague_names(source: Source) -> Iterator[Finding]:
    """Modules and classes are named after what they do."""
    for part in source.parts:
        if part.strip("_") in VAGUE_MODULES:
            yield Finding("vague-module", source.path, 1, f"is named {part!r}")
    for scope, node in scopes(source.tree):
        if isinstance(node, ast.ClassDef) and VAGUE_CLASS.search(node.name):
            where = place(source, f"{scope}.{node.name}".lstrip("."))
            yield Finding("vague-class", where, node.lineno, "says nothing by its name")


def metaclasses(source: Source) -> Iterator[Finding]:
    """No class is made by, or is, a metaclass of ours."""
    for scope, node in scopes(source.tree):
        if isinstance(node, ast.ClassDef):
            bases = {ast.unparse(base).rpartition(".")[2] for base in node.bases}
            made = any(keyword.arg == "metaclass" for keyword in node.keywords)
            if made or bases & {"type", "ABCMeta", "EnumMeta", "EnumType"}:
                where = place(source, f"{scope}.{node.name}".lstrip("."))
                yield Finding("metaclass", where, node.lineno, "uses a metaclass")


def unannotated(source: Source) -> Iterator[Finding]:
    """Every parameter and every result of every function is annotated."""
    for scope, node in scopes(source.tree):
        if not isinstance(node, Function):
            continue
        args = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
        args += [arg for arg in (node.args.vararg, node.args.kwarg) if arg is not None]
        missing = [
            arg.arg for arg in args if arg.annotation is None and arg.arg not in ("self", "cls")
        ]
        if node.returns is None:
            missing.append("the result")
        if missing:
            where = place(source, f"{scope}.{node.name}".lstrip("."))
            message = f"does not annotate {', '.join(missing)}"
            yield Finding("annotation", where, node.lineno, message)


def exported_names(source: Source) -> list[str]:
    """The names in `__all__` of `source`; none where there is no such list of literals."""
    for node in source.tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else []
        if any(isinstance(target, ast.Name) and target.id == "__all__" for target in targets):
            names: list[str] = ast.literal_eval(node.value)  # type: ignore[attr-defined]
            return names
    return []
