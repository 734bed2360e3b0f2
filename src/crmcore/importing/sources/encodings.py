"""Which encoding a delimited text is written in: an own small ladder, never silent."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Final, Literal

from attrs import frozen

# Marks at the start of a file; the longer ones first, as one begins like another.
_MARKS: Final = (
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
    (b"\x84\x31\x95\x33", "gb18030"),
)
_SAMPLE_BYTES: Final = 65_536
# Share of two-byte units whose upper byte is zero: nearly all in English, a quarter in a Chinese
# table, whose separators and digits have it. Stray NULs are rarer and stand on both sides.
_ZERO_SHARE: Final = 0.04
_ALL_ASCII_SHARE: Final = 0.5
_OTHER_SIDE: Final = 0.25
# Bytes of whole characters against broken ones: more in damaged UTF-8, fewer in anything else.
_SOUND_TO_BROKEN: Final = 3
_LOST: Final = "\N{REPLACEMENT CHARACTER}"

_PUNCTUATION: Final = frozenset("，。、；：？！（）【】《》“”‘’￥—…·　０１２３４５６７８９")


@frozen
class Encoding:
    """A codec of the standard library, and why it was chosen.

    `sound` is true where every byte is known to be text in it.
    """

    name: str
    reason: Literal["caller", "mark", "content", "guess"]
    sound: bool = False


@frozen
class _Survey:
    head: bytes
    foreign: bytes
    utf8: Literal["sound", "broken", "no"]


def detect_encoding(chunks: Iterable[bytes]) -> Encoding:
    """The encoding of a text, seen by all of its bytes.

    A byte order mark decides; else UTF-16 by where its zero bytes stand; else UTF-8 wherever
    it is valid (a character cut off at the end and a few broken ones do not speak against it);
    else the best scored of GB18030, Big5, Shift JIS and Windows-1252, which is a guess.
    """
    survey = _survey(chunks)
    for mark, name in _MARKS:
        if survey.head.startswith(mark):
            return Encoding(name, "mark", name == "utf-8-sig" and survey.utf8 == "sound")
    wide = _utf16(survey.head)
    if wide is not None:
        return Encoding(wide, "content")
    if survey.utf8 != "no":
        return Encoding("utf-8", "content", survey.utf8 == "sound")
    best = max(_SCORES, key=lambda name: _SCORES[name](survey.foreign))
    return Encoding(best, "guess")


def _survey(chunks: Iterable[bytes]) -> _Survey:
    """One pass over all bytes: the head, lines beyond ASCII from anywhere, validity as UTF-8."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    head, foreign = bytearray(), bytearray()
    sound = broken = 0
    for chunk in chunks:
        text = decoder.decode(chunk)
        if len(head) < _SAMPLE_BYTES:
            head += chunk
        if not text.isascii():
            broken += text.count(_LOST) - chunk.count(_LOST.encode())
            sound += len(chunk) - len(text)
            if len(foreign) < _SAMPLE_BYTES:
                foreign += b"\n".join(line for line in chunk.splitlines() if not line.isascii())
    broken += len(decoder.decode(b"", True))
    if broken <= 0:
        utf8: Literal["sound", "broken", "no"] = "sound"
    else:
        utf8 = "broken" if sound >= _SOUND_TO_BROKEN * broken else "no"
    return _Survey(bytes(head[:_SAMPLE_BYTES]), bytes(foreign[:_SAMPLE_BYTES]), utf8)


def _utf16(head: bytes) -> str | None:
    units = len(head) // 2
    if not units:
        return None
    upper_second = head[1::2].count(0) / units
    upper_first = head[0::2].count(0) / units
    for name, upper, other in (
        ("utf-16-le", upper_second, upper_first),
        ("utf-16-be", upper_first, upper_second),
    ):
        if upper >= _ZERO_SHARE and other <= _OTHER_SIDE * upper:
            text = head[: units * 2].decode(name, "replace")
            if upper >= _ALL_ASCII_SHARE or "\n" in text or "\r" in text:
                return name
    return None


def _chinese_or_japanese(codec: str, common: Callable[[], frozenset[str]]) -> _Score:
    """Scores by the share of characters that the standard itself ranks as common."""

    def score(sample: bytes) -> float:
        found = [character for character in sample.decode(codec, "replace") if character > "\x7f"]
        ranked = common()
        points = sum(
            -1.0
            if character == _LOST or "\ue000" <= character <= "\uf8ff"
            else (character in ranked) + 0.5 * (character in _PUNCTUATION)
            for character in found
        )
        return points / max(len(found), 1)

    return score


def _western(sample: bytes) -> float:
    """Scores by letters with accents that stand alone among plain letters."""
    text = sample.decode("cp1252", "replace")
    points, found = 0.0, 0
    for before, character, after in zip(" " + text[:-1], text, text[1:] + " ", strict=True):
        if character > "\x7f":
            found += 1
            alone = before.isascii() and after.isascii()
            if character == _LOST:
                points -= 1
            elif alone:
                points += 0.9 if character.isalpha() else 0.4
    return points / max(found, 1)


def _characters(codec: str, leads: range, trails: Iterable[int]) -> frozenset[str]:
    pairs = b"".join(bytes((lead, trail)) for lead in leads for trail in trails)
    return frozenset(pairs.decode(codec, "ignore"))


@cache
def _simplified() -> frozenset[str]:
    return _characters("gb2312", range(0xB0, 0xD8), range(0xA1, 0xFF))


@cache
def _traditional() -> frozenset[str]:
    return _characters("cp950", range(0xA4, 0xC7), (*range(0x40, 0x7F), *range(0xA1, 0xFF)))


@cache
def _japanese() -> frozenset[str]:
    kanji = _characters("cp932", range(0x88, 0x98), (*range(0x40, 0x7F), *range(0x80, 0xFD)))
    kana = frozenset(map(chr, range(0x3041, 0x30FF)))
    return kanji | kana


_Score = Callable[[bytes], float]

# Ties go to the first.
_SCORES: Final[Mapping[str, _Score]] = {
    "gb18030": _chinese_or_japanese("gb18030", _simplified),
    "cp950": _chinese_or_japanese("cp950", _traditional),
    "cp932": _chinese_or_japanese("cp932", _japanese),
    "cp1252": _western,
}
