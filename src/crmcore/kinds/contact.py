"""Ways to reach somebody, and official numbers: a canonical form beside what was typed."""

from __future__ import annotations

import re
import unicodedata
from typing import ClassVar, Final, NoReturn
from urllib.parse import urlsplit

from attrs import frozen

from crmcore.kinds.kind import Kind, Shape
from crmcore.kinds.text import Text

_LINE: Final = Text(max_length=500)


class Canonical(str):
    """A canonical form that remembers what was `typed`; equal to its canonical text."""

    __slots__ = ("typed",)
    typed: str

    def __new__(cls, canonical: str, typed: str) -> Canonical:
        made = super().__new__(cls, canonical)
        object.__setattr__(made, "typed", typed)
        return made

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError("values are immutable")

    def __repr__(self) -> str:
        return f"Canonical({str(self)!r}, typed={self.typed!r})"

    def __reduce__(self) -> tuple[type[Canonical], tuple[str, str]]:
        return Canonical, (str.__str__(self), self.typed)


def canonical(text: str, typed: str) -> str:
    """`text` beside `typed`; the plain text where both are the same."""
    return text if text == typed else Canonical(text, typed)


def typed_form(value: str) -> str:
    """What was typed for a canonical value."""
    return value.typed if isinstance(value, Canonical) else value


@frozen
class TypedKind(Kind):
    """A kind whose values have one canonical form for the many ways of writing it."""

    name: ClassVar[str] = "typed"
    shape: ClassVar[Shape] = "typed"

    def normalize(self, value: object) -> str | None:
        if isinstance(value, Canonical):
            value = value.typed
        typed = _LINE.normalize(value)
        if typed is None:
            return None
        found = self.canonical_form(unicodedata.normalize("NFKC", typed))
        if found is None:
            self.refuse(f"not_{self.name}", typed)
        return canonical(found, typed)

    def canonical_form(self, text: str) -> str | None:
        """The canonical form of `text` (already NFKC), or `None` where it is not one."""
        raise NotImplementedError

    def identity(self, value: object) -> object:
        assert isinstance(value, str)
        return str.__str__(value)

    def sort_key(self, value: object) -> object:
        return self.identity(value)

    def to_json(self, value: object) -> object:
        if isinstance(value, Canonical):
            return {"value": str.__str__(value), "typed": value.typed}
        return value

    def from_json(self, data: object) -> object | None:
        if isinstance(data, dict) and set(data) == {"value", "typed"}:
            return canonical(str(data["value"]), str(data["typed"]))
        return self.normalize(data)

    @property
    def family(self) -> str:
        return "text"


_MAIL = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@"
    r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
    r"(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)+",
    re.ASCII,
)


@frozen
class Email(TypedKind):
    """A mail address; the canonical form is in lower case, without `mailto:`."""

    name: ClassVar[str] = "email"

    def canonical_form(self, text: str) -> str | None:
        text = text.strip().removeprefix("mailto:")
        if len(text) > 254 or ".." in text or _MAIL.fullmatch(text) is None:
            return None
        return None if text.startswith(".") or ".@" in text else text.lower()


_PHONE_NOISE = re.compile(r"[\s\-\u2010-\u2015.()/]+")
_EXTENSION = re.compile(r"(?:转|分机|#|ext\.?|x)\s*(\d{1,6})$", re.IGNORECASE)
_CN_MOBILE = re.compile(r"1[3-9]\d{9}", re.ASCII)
_CN_LANDLINE = re.compile(r"0(?:10|2\d|[3-9]\d{2})[2-8]\d{6,7}", re.ASCII)
_CN_SERVICE = re.compile(r"[48]00\d{7}", re.ASCII)
_E164 = re.compile(r"\+[1-9]\d{6,14}", re.ASCII)


@frozen
class Phone(TypedKind):
    """A telephone number as E.164, national ones read for `region` (China: `CN`).

    An extension follows as `;ext=8012` (RFC 3966).
    """

    name: ClassVar[str] = "phone"
    region: str = "CN"

    def canonical_form(self, text: str) -> str | None:
        extension = _EXTENSION.search(text)
        suffix = f";ext={extension[1]}" if extension else ""
        digits = _PHONE_NOISE.sub("", text[: extension.start()] if extension else text)
        if digits.startswith("00"):
            digits = "+" + digits[2:]
        number = self._chinese(digits.removeprefix("+86")) if self._is_national(digits) else None
        if number is None and _E164.fullmatch(digits) and not digits.startswith("+86"):
            number = digits
        return None if number is None else number + suffix

    def _is_national(self, digits: str) -> bool:
        return digits.startswith("+86") or (self.region == "CN" and not digits.startswith("+"))

    def _chinese(self, digits: str) -> str | None:
        if digits.startswith("86") and len(digits) == 13:
            digits = digits[2:]
        if _CN_MOBILE.fullmatch(digits) or _CN_SERVICE.fullmatch(digits):
            return "+86" + digits
        if _CN_LANDLINE.fullmatch(digits):
            return "+86" + digits[1:]
        if _CN_LANDLINE.fullmatch("0" + digits) and not digits.startswith("0"):
            return "+86" + digits
        return None


@frozen
class Url(TypedKind):
    """A web address; the canonical form has a scheme and a host in lower case."""

    name: ClassVar[str] = "url"

    def canonical_form(self, text: str) -> str | None:
        if any(character.isspace() for character in text):
            return None
        if "://" not in text:
            text = "https://" + text
        try:
            found = urlsplit(text)
            host, port = found.hostname, found.port
        except ValueError:
            return None
        if found.scheme.lower() not in ("http", "https") or not host or "." not in host:
            return None
        if found.username is not None or found.password is not None:
            return None
        address = host.lower() if port is None else f"{host.lower()}:{port}"
        query = f"?{found.query}" if found.query else ""
        fragment = f"#{found.fragment}" if found.fragment else ""
        path = "" if found.path == "/" and not query and not fragment else found.path
        return f"{found.scheme.lower()}://{address}{path}{query}{fragment}"


@frozen
class Postcode(TypedKind):
    """A postal code: six digits in China, else 3 to 10 letters and digits."""

    name: ClassVar[str] = "postcode"
    region: str = "CN"

    def canonical_form(self, text: str) -> str | None:
        text = text.replace(" ", "").replace("-", "").upper()
        pattern = r"\d{6}" if self.region == "CN" else r"[A-Z0-9]{3,10}"
        return text if re.fullmatch(pattern, text, re.ASCII) else None


_USCC_DIGITS: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"


@frozen
class CreditCode(TypedKind):
    """统一社会信用代码: 18 characters with a check character (GB 32100-2015)."""

    name: ClassVar[str] = "credit_code"

    def canonical_form(self, text: str) -> str | None:
        text = text.replace(" ", "").replace("-", "").upper()
        if len(text) != 18 or any(character not in _USCC_DIGITS for character in text):
            return None
        total = sum(
            _USCC_DIGITS.index(character) * pow(3, index, 31)
            for index, character in enumerate(text[:17])
        )
        return text if _USCC_DIGITS[(31 - total % 31) % 31] == text[17] else None
