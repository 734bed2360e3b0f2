"""How large a schema may be: all definitions of a workspace are one value."""

from __future__ import annotations

import json
from typing import Final

from crmcore.errors import SchemaError
from crmcore.schema.codec import schema_to_json
from crmcore.schema.schema import Schema

MAX_SCHEMA: Final = 6_800_000
"""Bytes of JSON: about 30,000 fields, or twice 20 modules of 800 with their options."""


def check_size(schema: Schema) -> None:
    """Raise `SchemaError` (`schema_too_large`) where the definitions do not fit."""
    text = json.dumps(schema_to_json(schema), ensure_ascii=False, separators=(",", ":"))
    size = len(text.encode("utf-8", "surrogatepass"))
    if size > MAX_SCHEMA:
        raise SchemaError("schema_too_large", size=size, limit=MAX_SCHEMA)
