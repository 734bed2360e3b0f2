"""What there is of a user beside his records: ways in, reviews that name him, ids that stay."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from attrs import evolve, frozen

from crmcore.accounts.held import Held, held_of, keeps_accounts, let_go
from crmcore.archive.modules import ArchivedModule
from crmcore.kinds import Link
from crmcore.kinds.reference import OnRemoval
from crmcore.privacy.overwriting import Overwriting
from crmcore.privacy.reach import Holdings, Reach
from crmcore.query.evaluate import Row
from crmcore.records import layout_of
from crmcore.reviewing.campaign import Campaign, picture_of, signature_of
from crmcore.reviewing.campaigns import campaign_of
from crmcore.schema import Field, Module
from crmcore.schema.reserved import CHANGE_REQUEST, REVIEW, REVIEW_ITEM, TERRITORY, USER
from crmcore.work.door import Door
from crmcore.work.session import Session

_TELLING: Final = frozenset({CHANGE_REQUEST.name, REVIEW.name, REVIEW_ITEM.name})
_DIGESTS: Final = ("picture", "signature")


def on_erasure(child: Module, link: Field) -> OnRemoval | None:
    """What becomes of a record whose `link` leads to who is erased; `None`: it stays as it is.

    Journals, requests and reviews tell who did something: of a user his id stays in them, as
    it does in the stamps of versions. Whose records he looked after is to be settled before.
    """
    assert isinstance(link.kind, Link)
    if link.kind.target == USER.name:
        if child.keeping == "journal" or child.name in _TELLING:
            return None
        if child.name == TERRITORY.name:
            return "detach"
    return link.kind.on_removal


def ways_in(session: Session, holdings: Holdings, reach: Reach) -> Iterator[Held]:
    """How the users among a person's own records come in, without a secret."""
    if keeps_accounts(session.schema):
        for user in sorted(reach.own.get(USER.name, ())):
            yield from held_of(session.transaction, user, _logins(holdings, user))


def shut_out(session: Session, holdings: Holdings, reach: Reach) -> dict[str, int]:
    """Remove every way in of these users; how many there were, by module."""
    counts: dict[str, int] = {}
    if keeps_accounts(session.schema):
        for user in sorted(reach.own.get(USER.name, ())):
            found = let_go(session.transaction, user, _logins(holdings, user))
            for name, count in found.items():
                counts[name] = counts.get(name, 0) + count
    return counts


def _logins(holdings: Holdings, user: str) -> list[str]:
    """Every login that he ever had."""
    place = layout_of(holdings.modules[USER.name].whole).index["login"]
    rows = holdings.rows(USER.name, [user])
    return sorted({str(row[place]) for row in rows if row[place] is not None})


@frozen
class Reviews:
    """Reviews in which a person is named: what they vouch for is to hold of what is left."""

    found: tuple[Campaign, ...]

    @classmethod
    def of(cls, session: Session, reach: Reach) -> Reviews:
        """Those of `reach`, as they are before anything is taken out of them."""
        items = session.stored_rows(REVIEW_ITEM, sorted(reach.about.get(REVIEW_ITEM.name, ())))
        place = layout_of(REVIEW_ITEM).index["review"]
        names = sorted({str(row[place]) for row in items.values()})
        return cls(tuple(campaign_of(session, one) for one in names))

    def vouch(self, door: Door) -> None:
        """Let those that were sound be sound: the digests are those of what is left.

        Who signed and when stays; the history tells that an erasure changed the digests.
        """
        changes = list(self._changes(door.session))
        if changes:
            door.update(REVIEW, changes)

    def _changes(self, session: Session) -> Iterable[tuple[str, None, Mapping[str, object]]]:
        for before in self.found:
            after = campaign_of(session, before.id)
            if before.is_sound and after.items != before.items:
                made = evolve(after, picture=picture_of(after.items))
                signed = None if made.signature is None else signature_of(made)
                yield before.id, None, {"picture": made.picture, "signature": signed}

    def forget(self, holdings: Holdings, overwriting: Overwriting) -> None:
        """Take the digests out of former versions: a name could be tried until one fits."""
        if self.found:
            rows = holdings.rows(REVIEW.name, [one.id for one in self.found])
            overwriting.overwrite(holdings.modules[REVIEW.name], list(rows), _without_digests)


def _without_digests(module: ArchivedModule, row: Row) -> Row:
    index, made = layout_of(module.whole).index, list(row)
    for name in _DIGESTS:
        made[index[name]] = None
    return tuple(made)
