"""Everything that a header may mean in one module: names, labels, meanings, linked modules."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Final

from attrs import frozen

from crmcore.importing.mapping.headers import Header, key_of
from crmcore.importing.mapping.meanings import MEANINGS
from crmcore.importing.mapping.values import ColumnTarget, Reason
from crmcore.importing.mapping.words import (
    BORROWED,
    MODULE_WORDS,
    NEAR,
    PREFIXES,
    SUBJECTLESS,
    SUFFIXES,
    TITLE_MEANINGS,
)
from crmcore.kinds import Link
from crmcore.schema import Field, Module, Schema
from crmcore.schema.names import RESERVED_PREFIX

_SIMILAR: Final = 0.88
_SHORTEST_SIMILAR: Final = 6


@frozen
class Candidate:
    """A target that a header may mean, how surely, and why.

    `confidence` is 1 for a name or label, a little less for a synonym, and less the more was
    concluded. Of two columns that fit one link, the one `by_key` has it: a key leads to one record.
    """

    target: ColumnTarget
    confidence: float
    reason: Reason
    by_key: bool = False


@lru_cache(maxsize=1)
def _meanings() -> Mapping[str, frozenset[str]]:
    """Key of a word → the meanings it has."""
    found: dict[str, set[str]] = {}
    for meaning, words in MEANINGS.items():
        for word in words.split("|"):
            found.setdefault(key_of(word), set()).add(meaning)
    return {word: frozenset(meanings) for word, meanings in found.items()}


def meanings_of(key: str) -> frozenset[str]:
    """The meanings of the word `key`."""
    return _meanings().get(key, frozenset())


def module_keys(module: Module) -> frozenset[str]:
    """Keys of all that people call `module`."""
    words = MODULE_WORDS.get(module.name, "").split("|")
    return frozenset(key_of(word) for word in (module.name, *module.label.all(), *words) if word)


def title_meanings(module: Module) -> frozenset[str]:
    """The meanings that the title of `module` has, whatever its label."""
    return TITLE_MEANINGS - {"subject"} if module.name in SUBJECTLESS else TITLE_MEANINGS


class Vocabulary:
    """What headers mean among the fields of one module of a schema."""

    def __init__(self, schema: Schema, module: Module) -> None:
        self._schema = schema
        self._module = module
        borrowed = BORROWED.get(module.name, "").split("|")
        self._own = module_keys(module) | {key_of(word) for word in borrowed if word}
        self._fields = [one for one in module.live if one.computed is None]
        self._keys: dict[str, dict[str, float]] = {}
        self._meant: dict[str, set[str]] = {}
        for one in self._fields:
            self._learn(one)
        self._links = [(one, found) for one in self._fields if (found := self._linked(one))]
        targets = {found.name for _, found in self._links}
        self._foreign = frozenset(
            key
            for other in schema.modules
            if other.name not in targets and other.name != module.name and not other.retired
            for key in module_keys(other)
        )

    def _learn(self, one: Field) -> None:
        meanings = set(title_meanings(self._module)) if one.name == self._module.title else set()
        labels = (one.name, one.label.zh, one.label.en)
        for position, spelling in enumerate((one.name, *one.label.all())):
            key = key_of(spelling)
            # What a field is called comes before what it is called too.
            sure = 1.0 if spelling in labels else 0.99
            self._keys.setdefault(key, {}).setdefault(one.name, sure)
            meanings |= meanings_of(key)
            for shorter in self._without_own(key):
                self._keys.setdefault(shorter, {}).setdefault(one.name, 0.95)
                if position:
                    meanings |= meanings_of(shorter)
        for meaning in meanings:
            self._meant.setdefault(meaning, set()).add(one.name)

    def _linked(self, one: Field) -> Module | None:
        if not isinstance(one.kind, Link):
            return None
        found = self._schema.by_name.get(one.kind.target)
        return found if found is not None and not found.retired else None

    def _without_own(self, key: str) -> Iterator[str]:
        """`key` without the words for this module that it begins with."""
        for word in self._own:
            if key.startswith(word) and len(key) > len(word):
                yield key[len(word) :]

    def candidates(self, header: Header) -> list[Candidate]:
        """The targets that `header` may mean, the surest first; at most one for each field."""
        best: dict[str, Candidate] = {}
        for candidate in self._all(header):
            known = best.get(candidate.target.field)
            if known is None or known.confidence < candidate.confidence:
                best[candidate.target.field] = candidate
        if not best and not self.is_foreign(header):
            best = {one.target.field: one for one in self._similar(header.key)}
        return sorted(best.values(), key=lambda one: -one.confidence)

    def is_foreign(self, header: Header) -> bool:
        """Whether `header` names something of a module that this one does not link to."""
        return _begins_with(header.key, self._foreign) and not _begins_with(header.key, self._own)

    def _all(self, header: Header) -> Iterator[Candidate]:
        keys = [(header.key, 1.0)]
        for qualifier in header.qualifiers:
            extra = key_of(qualifier)
            keys = [(header.key + extra, 1.0), (extra, 0.8), (header.key, 0.85)]
        for key, factor in keys:
            yield from self._of_key(key, factor, "exact")
            yield from self._through_links(key, factor)
            for shorter in without_affixes(key, self._own):
                yield from self._of_key(shorter, factor * 0.95, "prefix")
            if key in self._own and self._module.title:
                yield Candidate(ColumnTarget(self._module.title), factor * 0.9, "prefix")

    def _of_key(self, key: str, factor: float, reason: Reason) -> Iterator[Candidate]:
        for name, sure in self._keys.get(key, {}).items():
            yield Candidate(self._target(name), sure * factor, reason if sure > 0.95 else "prefix")
        for meaning in meanings_of(key):
            names = self._meant.get(meaning, set())
            for name in names:
                sure = 0.75 if self._is_only_title(name, meaning) else 0.88
                yield Candidate(self._target(name), sure * factor, "synonym")
            for near in NEAR.get(meaning, ()) if not names else ():
                for name in self._meant.get(near, ()):
                    yield Candidate(self._target(name), 0.7 * factor, "near")

    def _is_only_title(self, name: str, meaning: str) -> bool:
        return name == self._module.title and meaning in TITLE_MEANINGS

    def _target(self, name: str) -> ColumnTarget:
        linked = next((found for one, found in self._links if one.name == name), None)
        return ColumnTarget(name, linked.title if linked is not None else None)

    def _through_links(self, key: str, factor: float) -> Iterator[Candidate]:
        """Links whose module, and perhaps its title or key, is named by `key`."""
        for one, module in self._links:
            labels = {key_of(spelling) for spelling in (one.name, *one.label.all())}
            words = (module_keys(module) | labels) - self._own
            shorter = (*(key[len(p) :] for p in _prefixes(key)), *self._without_own(key))
            for short in (key, *shorter):
                if short in words:
                    yield Candidate(self._target(one.name), 0.86 * factor, "link")
                    continue
                for word in words:
                    rest = short[len(word) :]
                    lookup = lookup_field(module, rest) if short.startswith(word) and rest else None
                    if lookup is not None:
                        target = ColumnTarget(one.name, lookup)
                        by_key = lookup != module.title
                        yield Candidate(target, 0.9 * factor, "link", by_key)

    def _similar(self, key: str) -> Iterator[Candidate]:
        """The one field whose name or label has nearly the same letters."""
        if len(key) < _SHORTEST_SIMILAR:
            return
        near = difflib.get_close_matches(key, self._keys, n=3, cutoff=_SIMILAR)
        names = {
            name for word in near if _digits(word) == _digits(key) for name in self._keys[word]
        }
        if len(names) == 1:
            ratio = difflib.SequenceMatcher(None, key, near[0]).ratio()
            yield Candidate(self._target(names.pop()), ratio * 0.75, "similar")


def lookup_field(module: Module, rest: str) -> str | None:
    """The title or unique field of `module` that `rest` names."""
    if not rest:
        return None
    meanings = meanings_of(rest)
    unique = {names[0] for key in module.unique_keys if len(names := key.fields) == 1}
    for one in module.live:
        if one.name != module.title and one.name not in unique:
            continue
        keys = {key_of(spelling) for spelling in (one.name, *one.label.all())}
        own = module_keys(module)
        keys |= {key[len(word) :] for key in keys for word in own if key.startswith(word)}
        meant = {meaning for key in keys for meaning in meanings_of(key)}
        if one.name == module.title:
            meant |= title_meanings(module)
        if rest in keys or meanings & meant:
            return one.name
    return None


def link_of(key: str, schema: Schema) -> tuple[Module, str] | None:
    """The module of people's making whose title or key `key` names, and that field."""
    found: list[tuple[int, Module, str]] = []
    for module in schema.modules:
        if module.retired or module.name.startswith(RESERVED_PREFIX):
            continue
        for word in module_keys(module):
            lookup = lookup_field(module, key[len(word) :]) if key.startswith(word) else None
            if lookup is not None:
                found.append((len(word), module, lookup))
    if not found:
        return None
    _, module, lookup = max(found, key=lambda item: item[0])
    return module, lookup


def without_affixes(key: str, own: frozenset[str]) -> Iterator[str]:
    """Every shorter form of `key` without words that change nothing: `own` and affixes."""
    seen = {key}
    waiting = [key]
    while waiting:
        current = waiting.pop()
        shorter = [current[len(word) :] for word in own if current.startswith(word)]
        shorter += [current[len(word) :] for word in _prefixes(current)]
        shorter += [current[: -len(word)] for word in SUFFIXES if current.endswith(word)]
        for found in shorter:
            if found and found not in seen:
                seen.add(found)
                waiting.append(found)
                yield found


def _prefixes(key: str) -> list[str]:
    return [word for word in map(key_of, PREFIXES) if key.startswith(word) and len(key) > len(word)]


def _begins_with(key: str, words: frozenset[str]) -> bool:
    return any(key.startswith(word) for word in words)


def _digits(text: str) -> str:
    return "".join(mark for mark in text if mark.isdigit())
