"""Shared texts that do not fit into memory come from a file, and nobody notices."""

from __future__ import annotations

import threading

from hypothesis import given
from hypothesis import strategies as st
from tests.importing.sources.books import Book, Page, book
from tests.importing.sources.reads import cells_of

from crmcore.importing.sources import Cell, CellError, Limits, open_source

TEXTS = st.lists(
    st.one_of(
        st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff")),
        st.sampled_from(["", "a\nb", "客" * 50, "_x0000_", "_x005F_x0041_", "😀"]),
    ),
    min_size=1,
    max_size=120,
)


def sheet(indexes: list[int]) -> str:
    return "".join(
        f'<row r="{r}"><c r="A{r}" t="s"><v>{index}</v></c><c r="B{r}"><v>{r}</v></c></row>'
        for r, index in enumerate(indexes, 1)
    )


@given(TEXTS, st.data(), st.integers(1, 3_000))
def test_where_texts_are_kept_changes_nothing(
    texts: list[str], data: st.DataObject, room: int
) -> None:
    indexes = data.draw(st.lists(st.integers(0, len(texts) + 20), max_size=200))
    made = book(sheet(indexes), strings=texts)
    usual = cells_of(made)
    assert cells_of(made, limits=Limits(shared_bytes=room)) == usual
    for index, (cell, _) in zip(indexes, usual, strict=True):
        if index >= len(texts):
            assert cell == CellError(str(index), "cell_unreadable")
        elif "_x" not in texts[index]:
            assert cell == (texts[index] or None)


def test_several_readers_at_once() -> None:
    count = 3_000
    pages = [Page(sheet(list(range(count))), "up"), Page(sheet(list(range(count))[::-1]), "down")]
    made = Book(pages, strings=[f"text {n}" for n in range(count)]).bytes()
    found: dict[str, list[Cell]] = {}
    with open_source(made, limits=Limits(shared_bytes=1)) as source:

        def read(name: str) -> None:
            found[name] = [row.cells[0] for row in source.rows(name)]

        threads = [threading.Thread(target=read, args=(name,)) for name in ("up", "down") * 2]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        # And two in turn, on one thread.
        for up, down in zip(source.rows("up"), source.rows("down"), strict=True):
            assert up.cells[0] == f"text {up.number - 1}"
            assert down.cells[0] == f"text {count - down.number}"
    assert found["up"] == found["down"][::-1] == [f"text {n}" for n in range(count)]
