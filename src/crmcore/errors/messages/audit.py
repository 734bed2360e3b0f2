"""Sentences of the codes raised about audit entries, chains and misuse."""

MESSAGES: dict[str, tuple[str, str]] = {
    "unknown_note": (
        "{name} is no kind of audit entry; known: {known}",
        "没有审计类型 {name}；可用：{known}",
    ),
}
