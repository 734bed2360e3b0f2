"""Sentences of the codes raised where a live workspace changes its configuration."""

MESSAGES: dict[str, tuple[str, str]] = {
    "not_convertible": (
        "{value} of kind {old} cannot become a {kind}",
        "{old} 类型的值 {value} 无法转换为 {kind}",
    ),
    "more_than_one": (
        "{value} options or links where a {kind} holds one",
        "有 {value} 个选项或关联，而 {kind} 只能有一个",
    ),
    "kind_in_key": (
        "{name} is part of a unique key: drop the key, change the kind, then add the key again",
        "{name} 属于唯一键：请先删除该键，修改类型后再加回",
    ),
}
