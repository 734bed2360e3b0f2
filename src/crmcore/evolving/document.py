"""A configuration as plain data: what files hold, in sections that are read one by one."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Final

from attrs import field, frozen

from crmcore.errors import SchemaError
from crmcore.kinds.opaque import FrozenDict, FrozenList

VERSION: Final = 1
SECTIONS: Final = ("modules", "roles", "settings", "duties", "retention")
"""What a document may hold beside its version; a section that is missing is left alone."""

_TOP: Final = frozenset({"crmcore", "partial", *SECTIONS})


def frozen_plain(data: object) -> object:
    """`data` (plain JSON values) as a value that cannot be changed."""
    if isinstance(data, Mapping):
        return FrozenDict({str(name): frozen_plain(one) for name, one in data.items()})
    if isinstance(data, list | tuple):
        return FrozenList([frozen_plain(one) for one in data])
    return data


def _frozen(data: Mapping[str, object]) -> Mapping[str, object]:
    made = frozen_plain(data)
    assert isinstance(made, FrozenDict)
    return made


@frozen
class Document:
    """Sections by name, as plain data. With `partial`, what is not named stays as it is."""

    sections: Mapping[str, object] = field(factory=FrozenDict, converter=_frozen)
    partial: bool = False

    def section(self, name: str) -> Mapping[str, object] | None:
        """One section: definitions by name; `None` where the document does not speak of it."""
        found = self.sections.get(name)
        return found if isinstance(found, Mapping) else None

    def to_json(self) -> dict[str, object]:
        """This document as plain data, as files hold it."""
        made: dict[str, object] = {"crmcore": VERSION}
        if self.partial:
            made["partial"] = True
        return {**made, **self.sections}

    def digest(self) -> str:
        """SHA-256 of the canonical JSON of this document, in hexadecimal digits."""
        text = json.dumps(self.to_json(), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


def document_of(data: object) -> Document:
    """The document of plain data; raises `SchemaError` (`not_a_document`, `unknown_section`)."""
    if not isinstance(data, Mapping) or data.get("crmcore", VERSION) != VERSION:
        raise SchemaError("not_a_document", version=VERSION)
    for name in data:
        if name not in _TOP:
            known = ", ".join(SECTIONS)
            raise SchemaError("unknown_section", name=str(name), known=known)
    for name in SECTIONS:
        if not isinstance(data.get(name, {}), Mapping):
            raise SchemaError("not_a_section", name=name)
    partial = data.get("partial", False)
    if not isinstance(partial, bool):
        raise SchemaError("not_a_document", version=VERSION)
    return Document({name: data[name] for name in SECTIONS if name in data}, partial)


def joined(documents: Iterable[Document]) -> Document:
    """Several documents as one; raises `SchemaError` where two define the same thing."""
    sections: dict[str, dict[str, object]] = {}
    partial = False
    for one in documents:
        partial = partial or one.partial
        for name in one.sections:
            found = sections.setdefault(name, {})
            for key, value in (one.section(name) or {}).items():
                if key in found:
                    raise SchemaError("name_repeated", what=name, name=key)
                found[key] = value
    return Document(sections, partial)
