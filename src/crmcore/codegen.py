"""The one place where generated Python becomes a function.

Generators hand over source that they composed from positions and fixed words; names,
labels, options and values of users travel as arguments in `names`, never in the text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from types import CodeType
from typing import Any, Final

_ALLOWED_BUILTINS = {
    "format": format,
    "len": len,
    "range": range,
    "str": str,
    "tuple": tuple,
    "zip": zip,
}


_REMEMBERED: Final = 2_048
"""Sources whose code is kept: what differs in arguments alone is one source."""


def compile_function(name: str, source: str, names: Mapping[str, object]) -> Callable[..., Any]:
    """The function `name` defined by `source`, which may use `names` and nothing else."""
    if not source.isascii():
        raise ValueError("generated source must be ASCII: text of users never enters it")
    scope: dict[str, object] = {"__builtins__": _ALLOWED_BUILTINS, **names}
    exec(_code(name, source), scope)  # noqa: S102
    function = scope[name]
    assert callable(function)
    return function


@lru_cache(_REMEMBERED)
def _code(name: str, source: str) -> CodeType:
    return compile(source, f"<crmcore {name}>", "exec")
