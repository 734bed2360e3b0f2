"""Sentences of the codes raised by reporting."""

MESSAGES: dict[str, tuple[str, str]] = {
}
