"""The terms on which a table of a host is adopted, checked before anything is looked up by them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from crmcore.errors import CrmError, Problem, SchemaError
from crmcore.kinds.temporal import zone_of
from crmcore.schema.names import nearest

KEY_FORMS: Final = ("integer", "uuid", "text")
"""What may stand in the column that tells rows apart."""

_VERBS: Final = ("create", "update", "delete")


def _is_column(value: object) -> bool:
    return value is None or isinstance(value, str)


def _is_names(value: object) -> bool:
    return isinstance(value, list | tuple | set | frozenset) and all(
        isinstance(one, str) for one in value
    )


def _is_writer(value: object) -> bool:
    return value is None or all(callable(getattr(value, verb, None)) for verb in _VERBS)


_TERMS: Final[Mapping[str, tuple[Callable[[object], bool], str]]] = {
    "key": (_is_column, "'…'"),
    "key_form": (lambda value: value is None or value in KEY_FORMS, " | ".join(KEY_FORMS)),
    "version": (_is_column, "'…'"),
    "fields": (lambda value: isinstance(value, Mapping), "{'field': 'column', …}"),
    "zone": (_is_column, "'Asia/Shanghai'"),
    "exact": (_is_names, "['field', …]"),
    "lock": (lambda value: isinstance(value, bool), "True | False"),
    "writer": (_is_writer, "create(…), update(…), delete(…)"),
}


def check_terms(module: str, terms: Mapping[str, object]) -> None:
    """Raise `SchemaError` for terms that there are not, and for values that are none of theirs."""
    problems = list(_problems(module, terms))
    if problems:
        raise SchemaError(problems)


def _problems(module: str, terms: Mapping[str, object]) -> Iterator[Problem]:
    for name, value in terms.items():
        if name not in _TERMS:
            params = {"name": name, "suggestion": nearest(name, _TERMS) or "–"}
            yield Problem("adopted_no_term", {**params, "known": ", ".join(_TERMS)}, module)
            continue
        is_sound, wanted = _TERMS[name]
        if not is_sound(value):
            params = {"name": name, "value": repr(value)[:80], "wanted": wanted}
            yield Problem("adopted_term", params, module)
        elif name == "zone" and isinstance(value, str):
            yield from _zone_problems(module, value)


def _zone_problems(module: str, zone: str) -> Iterator[Problem]:
    try:
        zone_of(zone)
    except CrmError as error:
        yield from (Problem(one.code, one.params, module) for one in error.problems)
