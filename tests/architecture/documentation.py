"""Every public name says what it is; an override may leave that to what it overrides."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from tests.architecture.budgets import Function
from tests.architecture.sources import Finding, Source, place

# Class name to its class statements: inheritance is followed by name across all files.
Classes = dict[str, list[ast.ClassDef]]


def undocumented(files: Iterable[Source]) -> Iterator[Finding]:
    """The public modules, classes, functions, methods and properties without a docstring."""
    files = list(files)
    classes: Classes = {}
    for source in files:
        for node in ast.walk(source.tree):
            if isinstance(node, ast.ClassDef):
                classes.setdefault(node.name, []).append(node)
    for source in files:
        if ast.get_docstring(source.tree) is None:
            yield Finding("undocumented", source.path, 1, "the module says nothing of itself")
        if any(part.startswith("_") and part != "__init__" for part in source.parts):
            continue
        for node in _public(source.tree.body):
            yield from _of_name(source, node, classes)


def _of_name(source: Source, node: ast.stmt, classes: Classes) -> Iterator[Finding]:
    if isinstance(node, Function | ast.ClassDef) and ast.get_docstring(node) is None:
        yield Finding("undocumented", place(source, node.name), node.lineno, "says nothing")
    if isinstance(node, ast.ClassDef):
        for item in _public(node.body):
            if isinstance(item, Function) and _is_promise(source, item):
                continue
            missing = isinstance(item, Function) and not _documented(item, node, classes)
            if isinstance(item, Function) and missing:
                where = place(source, f"{node.name}.{item.name}")
                yield Finding("undocumented", where, item.lineno, "says nothing")


def _is_promise(source: Source, method: Function) -> bool:
    """Tests of the published suite are named after what they promise."""
    return "testing" in source.parts and method.name.startswith("test_")


def _public(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    for node in body:
        if isinstance(node, ast.If):
            yield from _public([*node.body, *node.orelse])
        elif isinstance(node, Function | ast.ClassDef) and not node.name.startswith("_"):
            yield node


def _documented(method: Function, owner: ast.ClassDef, classes: Classes) -> bool:
    if ast.get_docstring(method) is not None or _is_accessory(method):
        return True
    return any(
        isinstance(item, Function)
        and item.name == method.name
        and ast.get_docstring(item) is not None
        for ancestor in _ancestors(owner, classes)
        for item in ancestor.body
    )


def _is_accessory(method: Function) -> bool:
    """Setters and overloads are documented by the name they belong to."""
    names = {ast.unparse(decorator).rpartition(".")[2] for decorator in method.decorator_list}
    return bool(names & {"setter", "deleter", "overload"})


def _ancestors(node: ast.ClassDef, classes: Classes) -> Iterator[ast.ClassDef]:
    seen = {node.name}
    waiting = [node]
    while waiting:
        current = waiting.pop()
        for base in current.bases:
            name = _base_name(base)
            if name not in seen:
                seen.add(name)
                found = classes.get(name, [])
                waiting.extend(found)
                yield from found


def _base_name(base: ast.expr) -> str:
    plain = base.value if isinstance(base, ast.Subscript) else base
    return ast.unparse(plain).rpartition(".")[2]
