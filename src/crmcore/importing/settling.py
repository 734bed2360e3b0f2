"""What shall become of a row: a new record, a new version, nothing, or a question."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from attrs import frozen

from crmcore.errors import Problem
from crmcore.importing.entries import Ask, Entry, Question
from crmcore.importing.finding import Found, KeyFinder, KeyValue, records_by_text
from crmcore.importing.plans import Answer, Options
from crmcore.query.evaluate import Row as StoredRow
from crmcore.records import layout_of
from crmcore.schema import STAMPS, Module
from crmcore.work.session import Session

_STAMPS: Final = len(STAMPS)
_ACTIONS: Final[Mapping[str, str]] = {"create": "c", "update": "u", "skip": "s"}


@frozen
class _Twin:
    """The record that a row seems to be, and the fields that say so."""

    record: str
    fields: tuple[str, ...]
    by_title: bool = False


class Settler:
    """Decides about rows that may be records which are there already."""

    def __init__(
        self,
        module: Module,
        finder: KeyFinder,
        options: Options,
        answers: Mapping[int, Answer],
        ask: Ask | None,
    ) -> None:
        self._module = module
        self._finder = finder
        self._mode = options.duplicates
        self._answers = dict(answers)
        self._ask = ask
        self.given: dict[int, Answer] = {}

    def settle(self, session: Session, wave: list[Entry], sheet: str, title: int | None) -> None:
        """Give every row of `wave` its action, and its problem where none is possible.

        Rows from the first on that means the same record as one before it are taken off.
        """
        wanted = {key for one in wave for key in one.keys}
        found = self._finder.find(session, wanted) if wanted else {}
        known = [len(one.intake.problems) for one in wave]
        twins = [self._twin(one, found) for one in wave]
        if title is not None and self._mode == "ask":
            self._by_title(session, wave, twins, title)
        if self._mode == "update" or self._answers or self._ask is not None:
            cut = self._cut(session, wave, twins)
            for one, count in zip(wave[cut:], known[cut:], strict=True):
                del one.intake.problems[count:]
            del wave[cut:], twins[cut:]
        if self._mode != "create":
            self._by_content(session, wave)
        stored = self._stored(session, wave, twins)
        for one, twin in zip(wave, twins, strict=True):
            if one.retired and one.action != "=":
                former = None if twin is None else stored.get(twin.record)
                if former is None or not self._holds(one, former):
                    one.intake.problems.extend(problem for _, problem in one.retired.values())
            if twin is not None and one.action == "c" and not one.intake.problems:
                self._decide(one, twin, stored.get(twin.record), sheet)

    def _twin(self, one: Entry, found: Mapping[KeyValue, Found]) -> _Twin | None:
        matches = [(key, found[key]) for key in one.keys if key in found]
        if not matches:
            return None
        fields = tuple(dict.fromkeys(n for key, _ in matches for n in self._finder.fields(key[0])))
        hidden = [key for key, match in matches if not match.seen]
        for key in hidden:
            # Whose it is stays hidden: that the value is taken is all that may be said.
            names = self._finder.fields(key[0])
            problem = Problem("value_taken", {"fields": "+".join(names)}, None, None, names[0])
            one.intake.problems.append(problem)
        if hidden:
            return None
        records = {match.record for _, match in matches}
        if len(records) > 1:
            params = {"fields": self._labels(fields), "count": len(records)}
            one.intake.problems.append(Problem("matches_several", params, None, None, fields[0]))
            return None
        return _Twin(records.pop(), fields)

    def _cut(self, session: Session, wave: Sequence[Entry], twins: Sequence[_Twin | None]) -> int:
        """The place of the first row that may mean what an earlier one has changed."""
        records: set[str] = set()
        completed: set[KeyValue] = set()
        stored = self._incomplete(session, wave, twins)
        for place, (one, twin) in enumerate(zip(wave, twins, strict=True)):
            if not completed.isdisjoint(one.keys):
                return place
            if twin is None:
                continue
            if twin.record in records:
                return place
            records.add(twin.record)
            former = stored.get(twin.record)
            if former is not None:
                values, index = list(former[_STAMPS:]), layout_of(self._module).index
                for name in one.intake.given:
                    values[index[name] - _STAMPS] = one.intake.values[index[name] - _STAMPS]
                completed.update(self._finder.keys_of(values))
        return len(wave)

    def _incomplete(
        self, session: Session, wave: Sequence[Entry], twins: Sequence[_Twin | None]
    ) -> dict[str, StoredRow]:
        """The records of which rows change a part of a compound key only."""
        compound = [key.fields for key in self._module.unique_keys if len(key.fields) > 1]
        records = {
            twin.record
            for one, twin in zip(wave, twins, strict=True)
            if twin is not None
            and any(
                0 < sum(name in one.intake.given for name in names) < len(names)
                for names in compound
            )
        }
        return session.stored_rows(self._module, sorted(records)) if records else {}

    def _by_title(
        self, session: Session, wave: Sequence[Entry], twins: list[_Twin | None], title: int
    ) -> None:
        """Records of the same title become twins, where no key has told."""
        name = str(self._module.title)
        texts = {
            str(one.intake.values[title])
            for one, twin in zip(wave, twins, strict=True)
            if twin is None and one.intake.values[title] is not None
        }
        found = records_by_text(session, self._module, name, texts) if texts else {}
        for place, one in enumerate(wave):
            records = found.get(str(one.intake.values[title]), set())
            if twins[place] is None and records:
                twins[place] = _Twin(min(records), (name,), by_title=True)

    def _by_content(self, session: Session, wave: Sequence[Entry]) -> None:
        """Rows without any key are known again where a record says all that they say."""
        if self._module.title is None:
            return
        place = layout_of(self._module).index[self._module.title] - _STAMPS
        keyless = [one for one in wave if not one.keys and not one.problems]
        texts = {
            str(one.intake.values[place])
            for one in keyless
            if one.intake.values[place] is not None and not one.intake.problems
        }
        found = records_by_text(session, self._module, self._module.title, texts) if texts else {}
        ids = {record for records in found.values() for record in records}
        stored = session.stored_rows(self._module, sorted(ids)) if ids else {}
        for one in keyless:
            records = found.get(str(one.intake.values[place]), set())
            if any(self._is_same(one, stored[record]) for record in records if record in stored):
                one.action = "="

    def _stored(
        self, session: Session, wave: Sequence[Entry], twins: Sequence[_Twin | None]
    ) -> dict[str, StoredRow]:
        records = {
            twin.record
            for one, twin in zip(wave, twins, strict=True)
            if twin is not None and (self._mode == "ask" or one.retired)
        }
        return session.stored_rows(self._module, sorted(records)) if records else {}

    def _decide(self, one: Entry, twin: _Twin, stored: StoredRow | None, sheet: str) -> None:
        if self._mode == "ask":
            if stored is not None and self._is_same(one, stored):
                one.action = "="
                return
            self._question(one, twin, sheet)
            return
        if self._mode == "create":
            names = "+".join(twin.fields)
            problem = Problem("value_taken", {"fields": names}, None, None, twin.fields[0])
            one.intake.problems.append(problem)
            return
        self._act(one, twin, "update" if self._mode == "update" else "skip")

    def _question(self, one: Entry, twin: _Twin, sheet: str) -> None:
        answer = self._answers.get(one.row.number)
        if answer is None and self._ask is not None and not one.problems:
            answer = self._ask(
                Question(sheet, one.row.number, self._module.name, twin.record, twin.fields)
            )
        if answer is not None and (answer != "create" or twin.by_title):
            self.given[one.row.number] = answer
            self._act(one, twin, answer)
            return
        code = "same_title" if twin.by_title else "duplicate_found"
        params = {"fields": self._labels(twin.fields)}
        one.intake.problems.append(Problem(code, params, None, None, twin.fields[0]))

    def _act(self, one: Entry, twin: _Twin, answer: Answer) -> None:
        if one.problems:
            return
        one.action = _ACTIONS[answer]  # type: ignore[assignment]
        if answer == "update":
            one.intake.record = twin.record

    def _is_same(self, one: Entry, stored: StoredRow) -> bool:
        """Whether the row says nothing that the record does not hold already."""
        if one.problems or not self._holds(one, stored):
            return False
        index = layout_of(self._module).index
        values = one.intake.values
        return all(
            values[index[name] - _STAMPS] == stored[index[name]] for name in one.intake.given
        )

    def _holds(self, one: Entry, stored: StoredRow) -> bool:
        """Whether the record has the retired options of the row already."""
        index = layout_of(self._module).index
        return all(
            _options(stored[index[name]]) == _options(value)
            for name, (value, _) in one.retired.items()
        )

    def _labels(self, fields: Sequence[str]) -> str:
        return "、".join(self._module.by_name[name].label.shown("zh", name) for name in fields)


def _options(value: object) -> frozenset[object]:
    return frozenset(value if isinstance(value, tuple) else (value,))
