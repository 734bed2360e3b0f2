"""Scopes: the words in which grants say whose records they open, as conditions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from crmcore.errors import SchemaError
from crmcore.query import ast
from crmcore.query.bind.listing import CONSENTED, LISTS
from crmcore.query.text import parse
from crmcore.query.walking import RELATIONS, names_parameter
from crmcore.schema.names import is_name

VIA: Final = "via:"
"""`via:account`: what one may do with the linked account."""

_WORDS: Final = {
    "all": "true",
    "own": "owner == me",
    "created": "created_by == me",
    "department": "owner.department == me.department",
    "department_and_below": "owner.department in me.departments",
    "direct_subordinates": "owner in me.direct_subordinates",
    "subordinates": "owner in me.subordinates",
    "territory": "territory in me.territories",
    "pool": "owner == null",
}
READING: Final = ("read", "report", "export")
"""Operations that need no more than to see a record."""

_WHOLE: Final = ("delete", "restore", "transfer", "share", "merge", "approve")


def check_scope(word: str) -> None:
    """Raise `SchemaError` (`unknown_scope`) unless `word` is a scope."""
    is_known = word in _WORDS or word in LISTS
    if not is_known and not (word.startswith(VIA) and is_name(word[len(VIA) :])):
        known = ", ".join((*_WORDS, *LISTS, f"{VIA}account"))
        raise SchemaError("unknown_scope", name=word, known=known)


def level_of(operation: str) -> str:
    """The level of a share that `operation` needs."""
    if operation in READING:
        return "read"
    return "full" if operation in _WHOLE else "update"


def scope_node(word: str, operation: str) -> ast.Node:
    """The condition that `word` (no `via:`) stands for."""
    if word in LISTS:
        return ast.Call(word, (ast.Value(level_of(operation)),))
    return parse(_WORDS[word])


def behind(link: str, node: ast.Node) -> ast.Node:
    """`node`, a condition on records that `link` leads to, as one on those that have the link."""
    if isinstance(node, ast.Name):
        return node if names_parameter(node.parts) else ast.Name((link, *node.parts))
    if isinstance(node, ast.Call):
        if node.function in LISTS or node.function == CONSENTED:
            level, *path = node.arguments
            parts = path[0].parts if path and isinstance(path[0], ast.Name) else ()
            return ast.Call(node.function, (level, ast.Name((link, *parts))))
        # Behind a relation the condition is one on its records.
        is_relation = node.function in RELATIONS
        moved = node.arguments[:1] if is_relation else node.arguments
        kept = node.arguments[1:] if is_relation else ()
        return ast.Call(node.function, (*(behind(link, one) for one in moved), *kept))
    if isinstance(node, ast.Compare):
        return ast.Compare(node.comparator, behind(link, node.left), behind(link, node.right))
    if isinstance(node, ast.Arithmetic):
        return ast.Arithmetic(node.operator, behind(link, node.left), behind(link, node.right))
    if isinstance(node, ast.Logic):
        return ast.Logic(node.connective, [behind(link, one) for one in node.terms])
    if isinstance(node, ast.Not):
        return ast.Not(behind(link, node.term))
    if isinstance(node, ast.Items):
        return ast.Items([behind(link, one) for one in node.items])
    return node


def all_of(terms: Iterable[ast.Node]) -> ast.Node:
    """Every one of `terms`; everything where there is none."""
    kept = [one for one in terms if one != ast.Value(True)]
    if not kept:
        return ast.Value(True)
    return kept[0] if len(kept) == 1 else ast.Logic("and", kept)


def alternatives(node: ast.Node) -> tuple[ast.Node, ...]:
    """The terms of an `or`; else the node itself."""
    if isinstance(node, ast.Logic) and node.connective == "or":
        return tuple(one for term in node.terms for one in alternatives(term))
    return (node,)
