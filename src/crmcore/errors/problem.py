"""One reason for a refusal, as data: what was wrong, where, and what would be accepted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from attrs import field, frozen

from crmcore.errors.messages import CATALOGUE

Language = Literal["en", "zh"]

_SHOWN_CHARACTERS = 80


def _shown(value: object) -> str:
    try:
        text = value if isinstance(value, str) else repr(value)
    except Exception:
        # Values come from anywhere; telling about one must not fail.
        text = f"<{type(value).__name__}>"
    seen = text[:_SHOWN_CHARACTERS]
    seen = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in seen)
    return seen if len(text) <= _SHOWN_CHARACTERS else seen + "…"


@frozen
class Problem:
    """One reason for a refusal.

    `code` is stable and made for programs; `message(language)` is made for people.
    `module`, `record` and `field` say where; `params` fill the sentence of the code.
    """

    code: str
    params: Mapping[str, object] = field(factory=dict)
    module: str | None = None
    record: str | None = None
    field: str | None = None

    def message(self, language: Language = "en") -> str:
        """The sentence of this problem in `language`, values shown safely and shortened."""
        templates = CATALOGUE.get(self.code)
        if templates is None:
            return self.code
        shown = {name: _shown(value) or "—" for name, value in self.params.items()}
        return templates[0 if language == "en" else 1].format_map(shown)

    def where(self) -> str:
        """`module.field` of this problem, as far as they are known."""
        return ".".join(part for part in (self.module, self.field) if part)

    def to_dict(self, language: Language = "en") -> dict[str, object]:
        """This problem for a web response: `field`, `code`, `message` and where it happened."""
        return {
            "code": self.code,
            "module": self.module,
            "record": self.record,
            "field": self.field,
            "message": self.message(language),
        }
