"""Sentences of the codes raised by storage."""

MESSAGES: dict[str, tuple[str, str]] = {
}
