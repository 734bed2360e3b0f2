"""Sentences of the codes raised by reporting."""

MESSAGES: dict[str, tuple[str, str]] = {
    "chart_length": (
        "a chart of {labels} labels needs as many numbers, not {values}",
        "图表有 {labels} 个标签，却有 {values} 个数值",
    ),
}
