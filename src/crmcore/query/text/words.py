"""The closed vocabulary of the text form, in English and Chinese."""

from __future__ import annotations

from itertools import product
from typing import Final

KEYWORDS: Final[dict[str, str]] = {
    "or": "or",
    "或": "or",
    "或者": "or",
    "and": "and",
    "且": "and",
    "并且": "and",
    "not": "not",
    "非": "not",
    "in": "in",
    "属于": "in",
    "不属于": "not in",
}
"""Words that are operators, with what they mean."""

LITERALS: Final[dict[str, bool | None]] = {
    "true": True,
    "真": True,
    "false": False,
    "假": False,
    "null": None,
    "空": None,
}
"""Words that are constants."""

GLUED: Final = ("不属于", "属于", "或者", "并且", "或", "且")
"""Operator words that need no blank before and after: `'华东'且金额 > 1`; longest first."""

FUNCTIONS: Final[dict[str, tuple[str, ...]]] = {
    "contains": ("包含",),
    "starts_with": ("开头是", "开头为"),
    "ends_with": ("结尾是", "结尾为"),
    "like": ("像", "类似"),
    "contains_any": ("包含任一", "包含任意"),
    "contains_all": ("包含全部", "包含所有"),
    "exists": ("存在",),
    "all": ("全部", "所有"),
    "count": ("计数", "数量"),
    "is_empty": ("为空",),
    "money": ("货币",),
    "date": ("日期",),
    "year": ("年份",),
    "month": ("月份",),
    "day": ("日",),
    "round": ("四舍五入",),
    "abs": ("绝对值",),
    "min": ("最小", "最小值"),
    "max": ("最大", "最大值"),
    "if": ("如果",),
    "coalesce": ("首个非空",),
    "concat": ("拼接", "连接"),
    "length": ("长度",),
}
"""Canonical names of functions and their Chinese spellings; the first one is printed."""

CANONICAL: Final[dict[str, str]] = {
    spelling: name for name, spellings in FUNCTIONS.items() for spelling in spellings
}
"""Chinese spelling of a function → its canonical name."""

_WIDE: Final[dict[str, str]] = {c: chr(ord(c) + 0xFEE0) for c in "!%&()*+,-./:<=>[]|0123456789"}

NARROW: Final[dict[int, str]] = {ord(wide): narrow for narrow, wide in _WIDE.items()}
"""Full-width punctuation and digits → ASCII, for `str.translate`."""

_PLAIN_SIGNS: Final = {
    "||": "or",
    "&&": "and",
    "!": "!",
    **{
        sign: sign for sign in ("==", "!=", "<", "<=", ">", ">=", "+", "-", "*", "/", "%", "(", ")")
    },
    **{sign: sign for sign in ("[", "]", ",", ".")},
}

SIGNS: Final[dict[str, str]] = {
    **{
        "".join(spelled): kind
        for sign, kind in _PLAIN_SIGNS.items()
        for spelled in product(*((c, _WIDE[c]) for c in sign))
    },
    "≠": "!=",
    "≤": "<=",
    "≦": "<=",
    "⩽": "<=",
    "≥": ">=",
    "≧": ">=",
    "⩾": ">=",
    "−": "-",
    "×": "*",
    "÷": "/",
    "【": "[",
    "】": "]",
    "、": ",",
}
"""Every accepted spelling of a sign, with what it means."""

INSTEAD: Final[dict[str, str]] = {
    "=": "==",
    "===": "==",
    "!==": "!=",
    "<>": "!=",
    "=>": ">=",
    "=<": "<=",
    "&": "and",
    "|": "or",
    "AND": "and",
    "And": "and",
    "OR": "or",
    "Or": "or",
    "NOT": "not",
    "Not": "not",
    "IN": "in",
    "In": "in",
    "is": "==",
    "IS": "==",
    "eq": "==",
    "ne": "!=",
    "gt": ">",
    "lt": "<",
    "ge": ">=",
    "le": "<=",
    "mod": "%",
    "div": "/",
    "和": "且",
    "与": "且",
    "不等于": "!=",
    "等于": "==",
    "大于": ">",
    "小于": "<",
    "大于等于": ">=",
    "小于等于": "<=",
    "不大于": "<=",
    "不小于": ">=",
    "高于": ">",
    "低于": "<",
    "不是": "!=",
    "是": "==",
}
"""What people write where an operator stands, and what they mean by it."""

MAGNITUDES: Final[dict[str, int]] = {
    "十": 1,
    "百": 2,
    "千": 3,
    "万": 4,
    "十万": 5,
    "百万": 6,
    "千万": 7,
    "亿": 8,
    "十亿": 9,
    "百亿": 10,
    "千亿": 11,
    "万亿": 12,
}
"""Suffix of a number → how many zeros it stands for."""

_SECOND: Final = 1_000_000
DURATIONS: Final[dict[str, int]] = {
    **dict.fromkeys(("w", "周"), 604_800 * _SECOND),
    **dict.fromkeys(("d", "天", "日"), 86_400 * _SECOND),
    **dict.fromkeys(("h", "小时"), 3_600 * _SECOND),
    **dict.fromkeys(("min", "分钟"), 60 * _SECOND),
    **dict.fromkeys(("s", "秒"), _SECOND),
}
"""Suffix of a number → how many microseconds one of it lasts."""
