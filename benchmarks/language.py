"""A condition of five clauses: asked of one record, and read from its text."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

from measuring import Answer, Figure, Sizes, in_turns, repeated
from stores import filled

from crmcore.query.bind import Binder
from crmcore.query.evaluate import condition as compiled
from crmcore.query.reader import Reader
from crmcore.query.text import parse

TEXT = (
    "n0 >= 10 and d1 < 100000 and c0 in ['a', 'b']"
    " and day > date('2023-12-31') and not (t0 == 'x{}')"
)
TIMES = 20_000


def condition(folder: Path, sizes: Sizes) -> Answer:
    """Five clauses of one record, against Python by hand; and how long the text takes to read."""
    crm = filled(folder / "crm.db", 200)
    module = crm.schema.module("thing")
    now = datetime(2024, 1, 1, tzinfo=UTC)
    reader = Reader("0" * 32, now, "UTC", {}, {}, True, 0)
    holds = compiled(Binder(crm.schema, reader).condition(module, parse(TEXT)), module)
    record = crm.find("thing", "code == 'C0000123'")[0]
    row, names = record.row, ("n0", "d1", "c0", "day", "t0")
    n0, d1, c0, day, t0 = (record.layout.index[name] for name in names)
    limit, since, codes = Decimal(100_000), date(2023, 12, 31), frozenset(("a", "b"))

    def by_hand(row: tuple[object, ...]) -> bool:
        return bool(
            row[n0] is not None
            and row[n0] >= 10  # type: ignore[operator]
            and row[d1] is not None
            and row[d1] < limit  # type: ignore[operator]
            and row[c0] in codes
            and row[day] is not None
            and row[day] > since  # type: ignore[operator]
            and row[t0] != "x{}"
        )

    look: object = None
    assert holds(row, look)  # type: ignore[arg-type]
    assert by_hand(row)
    asked = in_turns(
        sizes,
        repeated(lambda: holds(row, look), TIMES),  # type: ignore[arg-type]
        repeated(lambda: by_hand(row), TIMES),
        rounds=9,
    )
    texts = iter([TEXT.format(number) for number in range(500 * sizes.rounds)])
    read = in_turns(sizes, repeated(lambda: parse(next(texts)), 500))
    return Answer(
        [
            Figure("five clauses of one record", "Python by hand", *asked, 3, TIMES),
            Figure("five clauses, from their text", "", *read, None, 150, 500),
        ]
    )
