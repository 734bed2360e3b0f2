"""Sentences of the codes raised by work."""

MESSAGES: dict[str, tuple[str, str]] = {
}
