"""Mail, web and postal addresses and credit codes: a canonical form beside what was typed."""

from __future__ import annotations

import re
import unicodedata
from typing import ClassVar, Final, NoReturn
from urllib.parse import urlsplit

from attrs import frozen

from crmcore.kinds.kind import Kind, Shape
from crmcore.kinds.plain import pairs_of, plain_str
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
        typed = _LINE.normalize(value.typed if type(value) is Canonical else value)
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
        return plain_str(value)

    def sort_key(self, value: object) -> object:
        return self.identity(value)

    def to_json(self, value: object) -> object:
        if type(value) is Canonical:
            return {"value": plain_str(value), "typed": value.typed}
        return value

    def from_json(self, data: object) -> object | None:
        pairs = pairs_of(data, 2)
        if pairs is None or pairs.keys() != {"value", "typed"}:
            return self.normalize(data)
        known, typed = _LINE.normalize(pairs["value"]), _LINE.normalize(pairs["typed"])
        if known is None or typed is None:
            self.refuse(f"not_{self.name}", data)
        return canonical(known, typed)

    @property
    def family(self) -> str:
        return "text"


_MAIL = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@"
    r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
    r"(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)+",
    re.ASCII,
)


def is_region(code: object) -> bool:
    """Whether `code` looks like a country code of ISO 3166: two capital letters."""
    return isinstance(code, str) and re.fullmatch("[A-Z]{2}", code) is not None


@frozen
class Email(TypedKind):
    """A mail address; the canonical form is in lower case, without `mailto:`."""

    name: ClassVar[str] = "email"

    def canonical_form(self, text: str) -> str | None:
        text = text.strip()
        if text[:7].lower() == "mailto:":
            text = text[7:].lstrip()
        if len(text) > 254 or ".." in text or _MAIL.fullmatch(text) is None:
            return None
        return None if text.startswith(".") or ".@" in text else text.lower()


_PORTS: Final = {"http": 80, "https": 443}
_HOST = re.compile(r"(?:[\w](?:[\w-]{0,61}[\w])?\.)+[\w](?:[\w-]{0,61}[\w])?\.?")
_NOT_IN_ADDRESS = re.compile(r"""[\s<>"'`\\{}|^]""")


@frozen
class Url(TypedKind):
    """A web address; the canonical form has a scheme and a host in lower case."""

    name: ClassVar[str] = "url"

    def canonical_form(self, text: str) -> str | None:
        if _NOT_IN_ADDRESS.search(text) is not None:
            return None
        if "://" not in text:
            text = "https://" + text
        try:
            found = urlsplit(text)
            host, port = found.hostname, found.port
        except ValueError:
            return None
        scheme = found.scheme.lower()
        if scheme not in _PORTS or host is None or _HOST.fullmatch(host) is None:
            return None
        if found.username is not None or found.password is not None:
            return None
        address = host if port is None or port == _PORTS[scheme] else f"{host}:{port}"
        query = f"?{found.query}" if found.query else ""
        fragment = f"#{found.fragment}" if found.fragment else ""
        path = "" if found.path == "/" and not query and not fragment else found.path
        return f"{scheme}://{address}{path}{query}{fragment}"


@frozen
class Postcode(TypedKind):
    """A postal code: six digits in China, else 3 to 10 letters and digits."""

    name: ClassVar[str] = "postcode"
    region: str = "CN"

    def __attrs_post_init__(self) -> None:
        self.demand(is_region(self.region), "region", "two capital letters")

    def canonical_form(self, text: str) -> str | None:
        text = text.replace(" ", "").replace("-", "").upper()
        pattern = r"\d{6}" if self.region == "CN" else r"[A-Z0-9]{3,10}"
        return text if re.fullmatch(pattern, text, re.ASCII) else None


_USCC_DIGITS: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC = re.compile(f"[{_USCC_DIGITS}]{{2}}[0-9]{{6}}[{_USCC_DIGITS}]{{10}}")
_USCC_WEIGHTS: Final = tuple(pow(3, place, 31) for place in range(17))


@frozen
class CreditCode(TypedKind):
    """统一社会信用代码: 18 characters with a check character (GB 32100-2015)."""

    name: ClassVar[str] = "credit_code"

    def canonical_form(self, text: str) -> str | None:
        text = text.replace(" ", "").replace("-", "").upper()
        if _USCC.fullmatch(text) is None:
            return None
        total = sum(
            _USCC_DIGITS.index(character) * weight
            for character, weight in zip(text, _USCC_WEIGHTS, strict=False)
        )
        return text if _USCC_DIGITS[(31 - total % 31) % 31] == text[17] else None
