"""Sentences of the codes raised by query."""

MESSAGES: dict[str, tuple[str, str]] = {
}
