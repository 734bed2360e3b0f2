"""Numbers written in Chinese characters, as on cheques: 壹仟贰佰元整."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

_DIGITS: Final = {
    character: value
    for value, characters in enumerate(
        ("零〇", "壹一壱", "贰二貳两", "叁三參", "肆四", "伍五", "陆六陸", "柒七", "捌八", "玖九")
    )
    for character in characters
}
_SAME: Final = str.maketrans("萬億拾佰仟圓圆正", "万亿十百千元元整")
_LONGEST: Final = 60
_D: Final = "[壹一壱贰二貳两叁三參肆四伍五陆六陸柒七捌八玖九]"
# Up to 9,999. A skipped place is written as 零, so that 一百五 (150 to some) is refused.
_PART: Final = re.compile(f"(?:({_D})千)?(?:(零?)({_D})百)?(?:(零?)({_D}?)十)?(?:(零?)({_D}))?零?")
_WHOLE: Final = re.compile(r"(?:(?P<yi>[^亿]+)亿)?(?:(?P<wan>[^亿万]+)万)?(?P<rest>[^亿万]*)")
_MONEY: Final = re.compile(
    f"(?P<whole>[^元角分整]+)(?:元(?:零?(?P<jiao>{_D})角)?(?:零?(?P<fen>{_D})分)?)?整?"
)


def chinese_numeral(text: str) -> Decimal | None:
    """The number that `text` spells in Chinese, with 元, 角 and 分; `None` where it is none."""
    if len(text) > _LONGEST:
        return None
    found = _MONEY.fullmatch(text.translate(_SAME))
    whole = _whole(found["whole"]) if found else None
    if found is None or whole is None:
        return None
    jiao, fen = _DIGITS.get(found["jiao"] or "零", 0), _DIGITS.get(found["fen"] or "零", 0)
    if jiao or fen:
        return Decimal(whole * 100 + jiao * 10 + fen).scaleb(-2)
    return Decimal(whole)


def _whole(text: str) -> int | None:
    if text in ("零", "〇"):
        return 0
    found = _WHOLE.fullmatch(text)
    if found is None:
        return None
    total, before = 0, False
    for name, factor in (("yi", 10**8), ("wan", 10**4), ("rest", 1)):
        part = found[name]
        if part:
            value = _part(part, before)
            if value is None:
                return None
            total += value * factor
            before = True
    return total or None


def _part(text: str, before: bool) -> int | None:
    """A number up to 9,999; after a larger part its missing thousands are written as 零."""
    if text in ("零", "〇"):
        return 0
    skipped = before and text[0] in "零〇"
    found = _PART.fullmatch(text[1:] if skipped else text)
    if found is None:
        return None
    thousand, _, hundred, _, ten, zero, one = found.groups()
    has_ten = "十" in text
    if one and (thousand or hundred or before) and not (zero or has_ten or skipped):
        return None
    value = 1000 * _DIGITS.get(thousand or "", 0) + 100 * _DIGITS.get(hundred or "", 0)
    value += 10 * (_DIGITS.get(ten, 0) if ten else 1) if has_ten else 0
    return value + _DIGITS.get(one or "", 0)
