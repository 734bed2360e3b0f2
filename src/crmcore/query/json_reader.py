"""Reading untrusted JSON strictly: every step checks the exact type and says where it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from attrs import frozen

from crmcore.errors import QueryError
from crmcore.query.ast import MAX_LENGTH
from crmcore.query.constants import MAX_NAME, name

T = TypeVar("T")

_MAX_ENTRIES: Final = 1_000
_MAX_SHOWN: Final = 5


@frozen
class Place:
    """A value somewhere in a JSON document; every method raises `QueryError` on a mismatch."""

    value: object
    where: str = "$"

    def keys(self, *expected: str) -> dict[str, Place]:
        """The values of an object that has exactly these keys."""
        found = self._object()
        if len(found) != len(expected) or any(key not in found for key in expected):
            unknown = [_shown(key) for key in found if key not in expected][:_MAX_SHOWN]
            missing = [key for key in expected if key not in found]
            raise QueryError(
                "json_keys",
                path=self.where,
                unknown=", ".join(unknown) or "-",
                missing=", ".join(missing) or "-",
            )
        return {key: Place(found[key], f"{self.where}.{key}") for key in expected}

    def type(self) -> str:
        """The `type` of an object."""
        return Place(self._object().get("type"), f"{self.where}.type").text()

    def each(self, read: Callable[[Place], T], limit: int = _MAX_ENTRIES) -> tuple[T, ...]:
        """Every item of a list of at most `limit`, as `read` understands it."""
        if type(self.value) is not list:
            raise self.unexpected("a list")
        if len(self.value) > limit:
            raise QueryError("list_too_long", path=self.where, limit=limit)
        return tuple(
            read(Place(item, f"{self.where}[{index}]")) for index, item in enumerate(self.value)
        )

    def optional(self, read: Callable[[Place], T]) -> T | None:
        """`None` for null, else what `read` understands."""
        return None if self.value is None else read(self)

    def text(self) -> str:
        """A string of at most 20,000 code points, without lone surrogates."""
        value = self.value
        if type(value) is not str or len(value) > MAX_LENGTH:
            raise self.unexpected("a string")
        if not value.isascii() and any("\ud800" <= c <= "\udfff" for c in value):
            raise self.unexpected("a string of whole characters")
        return value

    def name(self) -> str:
        """A string of 1 to 255 code points, in NFC."""
        text = self.text()
        if not 0 < len(text) <= MAX_NAME:
            raise self.unexpected("a name")
        return name(text)

    def path(self) -> tuple[str, ...]:
        """A list of at least one name."""
        parts = self.each(Place.name)
        if not parts:
            raise self.unexpected("a path of names")
        return parts

    def one_of(self, words: Sequence[str]) -> str:
        """One of `words`."""
        if type(self.value) is not str or self.value not in words:
            raise self.unexpected(" ".join(words))
        return self.value

    def boolean(self) -> bool:
        """True or false, and nothing that merely counts as such."""
        if type(self.value) is not bool:
            raise self.unexpected("a boolean")
        return self.value

    def whole(self, minimum: int, maximum: int) -> int:
        """An integer from `minimum` to `maximum`."""
        if type(self.value) is not int or not minimum <= self.value <= maximum:
            raise self.unexpected(f"{minimum} … {maximum}")
        return self.value

    def version(self, known: int) -> None:
        """Nothing but the version that is known."""
        if type(self.value) is not int or self.value != known:
            raise QueryError("json_version", found=_shown(self.value), expected=known)

    def unexpected(self, expected: str) -> QueryError:
        """The refusal of what stands here."""
        return QueryError(
            "json_unexpected", path=self.where, found=_shown(self.value), expected=expected
        )

    def _object(self) -> dict[str, object]:
        if type(self.value) is not dict:
            raise self.unexpected("an object")
        return self.value


def _shown(value: object) -> str:
    """A value in few words: what a stranger sent may be huge or deep."""
    if isinstance(value, str):
        return value[:80]
    if value is None or type(value) is bool:
        return repr(value)
    return type(value).__name__
