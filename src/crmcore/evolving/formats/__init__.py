"""Plain data as text and back: YAML, TOML and JSON, strictly and without surprises."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from crmcore.evolving.formats.plain_json import json_text, read_json
from crmcore.evolving.formats.toml import read_toml, toml_text
from crmcore.evolving.formats.yaml import read_yaml, yaml_text

Read = Callable[[str], object]
Write = Callable[[Mapping[str, object]], str]

READERS: Final[Mapping[str, Read]] = {
    ".yaml": read_yaml,
    ".yml": read_yaml,
    ".toml": read_toml,
    ".json": read_json,
}
"""What reads a file, by its ending. Each raises `SchemaError` (`bad_file`) with the place."""

WRITERS: Final[Mapping[str, Write]] = {
    ".yaml": yaml_text,
    ".yml": yaml_text,
    ".toml": toml_text,
    ".json": json_text,
}
"""What writes a file, by its ending. What was written is read as the same data."""

__all__ = ["READERS", "WRITERS"]
