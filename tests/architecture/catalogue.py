"""The error catalogue against the code: every code has its sentences, every sentence its words.

A code is seen where a literal reaches an error class or `Problem`, directly or through a
function or method that hands on its parameter `code`. A name `x_zh` is the Chinese form of `x`.
"""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterable, Iterator, Mapping

from attrs import frozen
from tests.architecture.budgets import Function
from tests.architecture.sources import Finding, Source, place, scopes

Catalogue = Mapping[str, tuple[str, str]]

MESSAGES = ("crmcore", "errors", "messages")
ROOT_ERROR = "CrmError"
# These say where the problem lies; they do not reach the sentence.
WHERE = frozenset({"module", "record", "field"})
CHINESE = re.compile(r"[\u4e00-\u9fff]")


@frozen
class Use:
    """One literal code and the names given to its sentence; `None` where they cannot be seen."""

    code: str
    names: frozenset[str] | None
    where: str
    line: int


@frozen
class Carrier:
    """What takes a code: where in its arguments, and which names reach the sentence.

    It adds some names itself, passes on the keywords it was given, or is opaque.
    """

    position: int
    adds: frozenset[str] = frozenset()
    passes_on: bool = True
    opaque: bool = False


def all_findings(files: Iterable[Source]) -> list[Finding]:
    """What is wrong between the sentences and the code of `files`."""
    files = list(files)
    catalogue, found = _catalogue(files)
    found += wording(catalogue)
    used = list(uses(files))
    found += unknown(used, catalogue)
    found += unfilled(used, catalogue)
    found += unused(files, catalogue)
    return found


def wording(catalogue: Catalogue) -> Iterator[Finding]:
    """Both sentences are there, each in its language, with the same simple `{names}`."""
    for code, (english, chinese) in catalogue.items():
        where = f"crmcore/errors/messages::{code}"
        if not re.fullmatch(r"[a-z][a-z0-9_]*", code):
            yield Finding("sentence", where, 1, "is no identifier")
        if not english.strip() or CHINESE.search(english):
            yield Finding("sentence", where, 1, "has no English sentence")
        names = [_names(english), _names(chinese)]
        if not CHINESE.search(chinese) and not any(name.endswith("_zh") for name in names[1]):
            yield Finding("sentence", where, 1, "has no Chinese sentence")
        if names[0] != {name.removesuffix("_zh") for name in names[1]}:
            differing = ", ".join(sorted(names[0] ^ names[1]))
            yield Finding("sentence", where, 1, f"has names in one language only: {differing}")
        for name in sorted(names[0] | names[1]):
            if not name.isidentifier() or name in WHERE:
                yield Finding("sentence", where, 1, f"cannot be given {{{name}}}")


def unknown(used: Iterable[Use], catalogue: Catalogue) -> Iterator[Finding]:
    """Every code that is raised has a sentence."""
    for use in used:
        if use.code not in catalogue:
            yield Finding("no-sentence", use.where, use.line, f"raises {use.code!r}")


def unfilled(used: Iterable[Use], catalogue: Catalogue) -> Iterator[Finding]:
    """Every name of a sentence is supplied, as far as that can be seen."""
    for use in used:
        if use.names is not None and use.code in catalogue:
            english, chinese = catalogue[use.code]
            missing = sorted((_names(english) | _names(chinese)) - use.names)
            if missing:
                message = f"gives {use.code!r} no {', '.join(missing)}"
                yield Finding("unfilled-sentence", use.where, use.line, message)


def unused(files: Iterable[Source], catalogue: Catalogue) -> Iterator[Finding]:
    """Every sentence belongs to a code that the source mentions, whole or as an f-string."""
    nodes = [
        node for source in files if source.parts[:3] != MESSAGES for node in ast.walk(source.tree)
    ]
    mentioned = {node.value for node in nodes if isinstance(node, ast.Constant)}
    composed = [_pattern(node) for node in nodes if isinstance(node, ast.JoinedStr)]
    for code in sorted(set(catalogue) - mentioned):
        if not any(pattern and pattern.fullmatch(code) for pattern in composed):
            where = f"crmcore/errors/messages::{code}"
            yield Finding("unused-sentence", where, 1, "nothing uses it")


def _pattern(node: ast.JoinedStr) -> re.Pattern[str] | None:
    """The codes an f-string can make, if enough of it is fixed to be meant as one."""
    fixed = [part.value if isinstance(part, ast.Constant) else None for part in node.values]
    words = "".join(str(part) for part in fixed if part is not None)
    if not re.fullmatch(r"[a-z0-9_]{4,}", words):
        return None
    return re.compile("".join("[a-z0-9_]+" if part is None else str(part) for part in fixed))


def uses(files: Iterable[Source]) -> Iterator[Use]:
    """Every literal code that reaches an error, with the names given."""
    files = [source for source in files if source.parts[:3] != MESSAGES]
    for source, carriers in _carriers(files):
        for scope, node in scopes(source.tree):
            if isinstance(node, ast.Call):
                carrier = carriers.get(_called(node))
                if carrier is not None:
                    for code in _codes(node, carrier):
                        given = _given(node, carrier)
                        yield Use(code, given, place(source, scope), node.lineno)


def error_classes(files: Iterable[Source]) -> set[str]:
    """`CrmError` and all classes below it, by name."""
    bases = {
        node.name: {ast.unparse(base).rpartition(".")[2] for base in node.bases}
        for source in files
        for node in ast.walk(source.tree)
        if isinstance(node, ast.ClassDef)
    }
    errors = {ROOT_ERROR}
    while more := {name for name, of in bases.items() if of & errors} - errors:
        errors |= more
    return errors


def _carriers(files: list[Source]) -> list[tuple[Source, dict[str, Carrier]]]:
    """What takes a code in each file: errors, `Problem`, methods, own and imported functions."""
    known = {name: Carrier(0) for name in (*error_classes(files), "Problem")}
    found = {".".join(source.parts): _local_carriers(source, known) for source in files}
    methods = _methods(files)
    shared = {
        name: carrier
        for carriers in found.values()
        for name, carrier in carriers.items()
        if name in methods
    }
    known |= shared
    result = []
    for source in files:
        imported = {
            alias.asname or alias.name: found[node.module][alias.name]
            for node in ast.walk(source.tree)
            if isinstance(node, ast.ImportFrom) and node.module in found
            for alias in node.names
            if alias.name in found[node.module]
        }
        own = _local_carriers(source, {**known, **imported})
        result.append((source, {**known, **imported, **own}))
    return result


def _methods(files: list[Source]) -> set[str]:
    """The names of all methods: those are called on values, not imported."""
    return {
        item.name
        for source in files
        for node in ast.walk(source.tree)
        if isinstance(node, ast.ClassDef)
        for item in node.body
        if isinstance(item, Function)
    }


def _local_carriers(source: Source, known: Mapping[str, Carrier]) -> dict[str, Carrier]:
    """The functions of `source` that hand on their parameter `code` to a known carrier."""
    carriers: dict[str, Carrier] = {}
    for _, node in scopes(source.tree):
        if isinstance(node, Function) and not node.name.startswith("__"):
            names = [arg.arg for arg in (*node.args.posonlyargs, *node.args.args)]
            for call in [item for item in ast.walk(node) if isinstance(item, ast.Call)]:
                target = known.get(_called(call))
                if target is not None and "code" in names and _hands_on(call, target):
                    position = [n for n in names if n not in ("self", "cls")].index("code")
                    adds, more = _words(call)
                    passes_on = more and _forwards(call, node.args.kwarg)
                    carriers[node.name] = Carrier(
                        position, adds | target.adds, passes_on, opaque=more and not passes_on
                    )
    return carriers


def _forwards(call: ast.Call, keywords: ast.arg | None) -> bool:
    """Whether what `call` gives beyond its own words is the keywords of the function."""
    handed = [k.value for k in call.keywords if k.arg in (None, "params")] + call.args[1:2]
    for mapping in [item for item in handed if isinstance(item, ast.Dict)]:
        pairs = zip(mapping.keys, mapping.values, strict=True)
        handed += [value for key, value in pairs if key is None]
    names = {item.id for item in handed if isinstance(item, ast.Name)}
    return keywords is not None and keywords.arg in names


def _hands_on(call: ast.Call, target: Carrier) -> bool:
    code = _code_argument(call, target)
    return isinstance(code, ast.Name) and code.id == "code"


def _called(call: ast.Call) -> str:
    return ast.unparse(call.func).rpartition(".")[2]


def _code_argument(call: ast.Call, carrier: Carrier) -> ast.expr | None:
    for keyword in call.keywords:
        if keyword.arg == "code":
            return keyword.value
    return call.args[carrier.position] if len(call.args) > carrier.position else None


def _codes(call: ast.Call, carrier: Carrier) -> list[str]:
    code = _code_argument(call, carrier)
    options = [code.body, code.orelse] if isinstance(code, ast.IfExp) else [code]
    return [
        option.value
        for option in options
        if isinstance(option, ast.Constant) and isinstance(option.value, str)
    ]


def _words(call: ast.Call) -> tuple[frozenset[str], bool]:
    """The names that `call` itself gives, and whether it may give others."""
    params = [k.value for k in call.keywords if k.arg == "params"] + call.args[1:2]
    if _called(call) == "Problem":
        if not params:
            return frozenset(), False
        if isinstance(params[0], ast.Dict):
            keys = params[0].keys
            given = frozenset(str(key.value) for key in keys if isinstance(key, ast.Constant))
            return given, len(given) < len(keys)
        return frozenset(), True
    names = {k.arg for k in call.keywords if k.arg is not None}
    return frozenset(names - WHERE), any(k.arg is None for k in call.keywords)


def _given(call: ast.Call, carrier: Carrier) -> frozenset[str] | None:
    names, more = _words(call)
    starred = any(isinstance(arg, ast.Starred) for arg in call.args)
    if carrier.opaque or (carrier.passes_on and (more or starred)):
        return None
    return carrier.adds | names if carrier.passes_on else carrier.adds


def _names(template: str) -> frozenset[str]:
    try:
        parts = list(string.Formatter().parse(template))
    except ValueError as error:
        return frozenset({f"<{error}>"})
    plain = {name for _, name, spec, conversion in parts if name is not None and not spec}
    fancy = {f"{name}:{spec}" for _, name, spec, _ in parts if name is not None and spec}
    return frozenset(plain | fancy)


def _catalogue(files: Iterable[Source]) -> tuple[dict[str, tuple[str, str]], list[Finding]]:
    """All sentences, read from the files, and the codes that two files claim."""
    catalogue: dict[str, tuple[str, str]] = {}
    found: list[Finding] = []
    for source in files:
        if source.parts[:3] == MESSAGES and source.parts[-1] != "__init__":
            for node in source.tree.body:
                if isinstance(node, ast.AnnAssign) and isinstance(node.value, ast.Dict):
                    keys = [ast.literal_eval(key) for key in node.value.keys if key]
                    twice = [key for key in keys if key in catalogue or keys.count(key) > 1]
                    found += [
                        Finding("sentence", f"{source.path}::{key}", node.lineno, "stands twice")
                        for key in sorted(set(twice))
                    ]
                    catalogue.update(ast.literal_eval(node.value))
    return catalogue, found
