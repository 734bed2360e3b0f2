"""Rows that point to each other in a circle: written together, or not at all."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import define, field

from crmcore.errors import Problem
from crmcore.importing.entries import Entry
from crmcore.importing.finding import normal_or_none
from crmcore.importing.referring import not_found
from crmcore.importing.waves import OwnLink, Waves, place_of
from crmcore.kinds import search_key
from crmcore.schema import Module
from crmcore.work.door import Door


@define
class Circle:
    """The rows of one circle, each with the id that its record will have if it is new."""

    module: Module
    links: Sequence[OwnLink]
    entries: Sequence[Entry]
    tokens: dict[str, Entry] = field(factory=dict)

    @classmethod
    def of(cls, door: Door, waves: Waves, entries: Sequence[Entry]) -> Circle:
        """A circle whose ids are taken."""
        tokens = {door.journal.next_id(): one for one in entries}
        return cls(waves.module, waves.links, entries, tokens)

    def near(self, lookup: str | None, text: str) -> set[str]:
        """The ids of the rows whose field `lookup` means `text`, as a store would find them."""
        if lookup is None or lookup not in self.module.by_name:
            return set()
        kind, place = self.module.by_name[lookup].kind, place_of(self.module, lookup)
        wanted = normal_or_none(kind, text)
        values = {token: one.intake.values[place] for token, one in self.tokens.items()}
        same = {
            token
            for token, value in values.items()
            if value is not None and wanted is not None
            if kind.identity(value) == kind.identity(wanted)
        }
        if same or not isinstance(wanted, str):
            return same
        folded = search_key(text.strip())
        return {
            token
            for token, value in values.items()
            if isinstance(value, str) and search_key(value) == folded
        }

    def decide(self) -> None:
        """Give new records their ids, and point to the known ones where rows change these."""
        known: dict[str, str] = {}
        for token, one in self.tokens.items():
            if one.action == "c":
                one.intake.record = token
            elif one.action == "u":
                known[token] = str(one.intake.record)
        for one in self.entries:
            for link in self.links:
                place = place_of(self.module, link.name)
                value = one.intake.values[place]
                if isinstance(value, tuple):
                    one.intake.values[place] = tuple(
                        sorted({known.get(str(v), str(v)) for v in value})
                    )
                elif value in known:
                    one.intake.values[place] = known[str(value)]
        self.refuse()

    def refuse_second(self, entries: Sequence[Entry]) -> None:
        """Refuse `entries`, which mean records that others of the circle mean."""
        for one in entries:
            number = one.keys[0][0] if one.keys else None
            key = next((k for k in self.module.unique_keys if k.number == number), None)
            names = (str(self.module.title),) if key is None else key.fields
            params = {"fields": "+".join(names)}
            one.intake.problems.append(Problem("value_taken", params, None, None, names[0]))

    def refuse(self) -> None:
        """Refuse rows that point to rows of the circle that are refused."""
        is_more = True
        while is_more:
            gone = {
                token
                for token, one in self.tokens.items()
                if one.action not in "cu" or one.problems or one.intake.problems
            }
            is_more = any(self._refuse(one, gone) for one in self.entries)

    def _refuse(self, one: Entry, gone: set[str]) -> bool:
        if one.problems or one.intake.problems:
            return False
        for link in self.links:
            value = one.intake.values[place_of(self.module, link.name)]
            for record in value if isinstance(value, tuple) else (value,):
                if record in gone:
                    texts = one.texts[link.name]
                    text = texts[0] if isinstance(texts, tuple) else texts
                    found = not_found(self.module.by_name[link.name], self.module, text)
                    one.intake.problems.append(found)
        return bool(one.intake.problems)
