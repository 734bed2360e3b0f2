"""Sentences of the codes raised while files are read and imported."""

MESSAGES: dict[str, tuple[str, str]] = {
    "missing_extra": (
        "{package} is not installed; install it with: pip install 'crmcore[{extra}]'",
        "未安装 {package}；请执行：pip install 'crmcore[{extra}]'",
    ),
}
