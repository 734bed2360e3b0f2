"""Names that change: what a document says of it, and what cannot be told apart."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from crmcore.errors import Problem


def rename_problems(
    module: str, formers: Mapping[str, str], present: Collection[str]
) -> Iterator[Problem]:
    """What is wrong with fields (their `formers`, by new names) beside those that are there."""
    told = set[str]()
    for name, former in formers.items():
        others = [other for other in formers if formers[other] == former and other not in present]
        params = {"name": name, "former": former}
        if name not in present:
            if len(others) > 1 and former not in told:
                told.add(former)
                yield renamed_twice(module, name, former, others)
        elif former in present and name not in told:
            circle = circle_of(formers, name)
            told.update(circle)
            if circle:
                yield renamed_in_circle(module, name, circle)
            else:
                yield Problem("renamed_onto", params, module, None, name)


def renamed_twice(module: str, place: str, former: str, others: Collection[str]) -> Problem:
    """Two things say that they are what one was."""
    params = {"former": former, "names": ", ".join(others)}
    return Problem("renamed_twice", params, module, None, place)


def renamed_in_circle(module: str, place: str, circle: Collection[str]) -> Problem:
    """Names are exchanged: which is which could not be told when the file is read again."""
    params = {"names": ", ".join(circle), "name": next(iter(circle))}
    return Problem("renamed_in_circle", params, module, None, place)


def circle_of(formers: Mapping[str, str], start: str) -> list[str]:
    """The names that are exchanged in a circle from `start` on; none where there is no circle."""
    found = [start]
    while (former := formers.get(found[-1])) is not None:
        if former == start:
            return found
        if former in found:
            return []
        found.append(former)
    return []
