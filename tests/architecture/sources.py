"""The source files under test, parsed once, and what a check finds in them."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from textwrap import dedent

from attrs import frozen

ROOT = Path(__file__).parents[2]
SRC = ROOT / "src"
TESTS = ROOT / "tests"


@frozen
class Source:
    """One Python file: `path` below its root with forward slashes, its text and its tree."""

    path: str
    text: str
    tree: ast.Module

    @property
    def parts(self) -> tuple[str, ...]:
        """The folders and the file name without its suffix."""
        return Path(self.path).with_suffix("").parts


@frozen
class Finding:
    """One broken rule. `where` (`path` or `path::name`) is what a written exception names."""

    rule: str
    where: str
    line: int
    message: str

    def __str__(self) -> str:
        path, _, name = self.where.partition("::")
        return f"{path}:{self.line}: [{self.rule}] {name} {self.message}".replace("]  ", "] ")


Check = Callable[[Source], Iterable[Finding]]


def snippet(code: str, path: str = "crmcore/example.py") -> Source:
    """A source made of `code`, to show a check something bad."""
    text = dedent(code).lstrip("\n")
    return Source(path, text, ast.parse(text))


@cache
def sources(root: Path = SRC) -> tuple[Source, ...]:
    """All Python files below `root`."""
    files = sorted(root.rglob("*.py"))
    return tuple(
        Source(file.relative_to(root).as_posix(), text, ast.parse(text, str(file)))
        for file in files
        for text in [file.read_text(encoding="utf-8")]
    )


def findings(check: Check, files: Iterable[Source]) -> list[Finding]:
    """What `check` finds in `files`."""
    return [finding for file in files for finding in check(file)]


def verdict(found: Iterable[Finding], exceptions: Mapping[tuple[str, str], str]) -> str:
    """One line per finding without a written exception; empty when all is well."""
    lines = [str(finding) for finding in found if (finding.rule, finding.where) not in exceptions]
    return "\n".join(sorted(lines))


def scopes(tree: ast.Module) -> Iterator[tuple[str, ast.AST]]:
    """Every node with the dotted name of the function or class that holds it (or "")."""
    stack: list[tuple[str, ast.AST]] = [("", tree)]
    while stack:
        name, node = stack.pop()
        yield name, node
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            name = f"{name}.{node.name}".lstrip(".")
        stack.extend((name, child) for child in ast.iter_child_nodes(node))


def place(source: Source, name: str) -> str:
    """`path::name`, or `path` where there is no name."""
    return f"{source.path}::{name}" if name else source.path
