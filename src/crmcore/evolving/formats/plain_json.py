"""JSON, as it is."""

from __future__ import annotations

import json
from collections.abc import Mapping

from crmcore.evolving.formats.scalars import bad_file, checked_size


def read_json(text: str) -> object:
    """The data in `text`; raises `SchemaError`. Names given twice are refused."""
    try:
        found: object = json.loads(
            checked_size(text), object_pairs_hook=_once, parse_constant=_constant
        )
    except json.JSONDecodeError as error:
        raise bad_file(error.msg, error.lineno) from None
    except (ValueError, RecursionError) as error:
        raise bad_file(type(error).__name__) from None
    return found


def json_text(data: Mapping[str, object]) -> str:
    """`data` as text for people."""
    return json.dumps(data, ensure_ascii=False, indent=2) + "\n"


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    made = dict(pairs)
    if len(made) != len(pairs):
        names = [name for name, _ in pairs]
        raise bad_file(next(name for name in names if names.count(name) > 1))
    return made


def _constant(name: str) -> object:
    raise bad_file(name)
