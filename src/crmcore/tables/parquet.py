"""Parquet files of typed rows, with what people call things in their metadata."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from crmcore.errors import MissingExtra
from crmcore.kinds import Choice, Labels
from crmcore.query.evaluate import Row
from crmcore.tables.columns import TableColumn

_ROWS: Final = 65_536


def load_parquet() -> Any:
    """The module `pyarrow.parquet`; raises `MissingExtra`."""
    try:
        import pyarrow.parquet
    except ImportError as error:
        raise MissingExtra("missing_extra", package="pyarrow", extra="parquet") from error
    return pyarrow.parquet


def write_parquet(
    file: Path,
    columns: Sequence[TableColumn],
    batches: Iterable[Sequence[Row]],
    facts: Mapping[str, str],
) -> int:
    """Write rows to the new `file`, a batch at a time; how many there were.

    `facts` become metadata of the file; labels of fields and options that of the columns.
    """
    from crmcore.tables.arrow import arrow_reader

    parquet = load_parquet()
    reader = arrow_reader(columns, (tuple(batch) for batch in batches))
    fields = [
        field.with_metadata({**(field.metadata or {}), **_options(column)})
        for field, column in zip(reader.schema, columns, strict=True)
    ]
    schema = _schema(fields, facts)
    count = 0
    with parquet.ParquetWriter(file, schema, compression="zstd") as writer:
        for table in _tables(reader, schema):
            writer.write_table(table)
            count += table.num_rows
    return count


def _tables(batches: Iterable[Any], schema: Any) -> Iterator[Any]:
    """`batches` put together to what is one group of rows in the file; one, if there are none."""
    import pyarrow

    held: list[Any] = []
    size = 0
    for batch in batches:
        held.append(pyarrow.RecordBatch.from_arrays(batch.columns, schema=schema))
        size += batch.num_rows
        if size >= _ROWS:
            yield pyarrow.Table.from_batches(held, schema).unify_dictionaries()
            held, size = [], 0
    yield pyarrow.Table.from_batches(held, schema).unify_dictionaries()


def _schema(fields: Sequence[Any], facts: Mapping[str, str]) -> Any:
    import pyarrow

    return pyarrow.schema(fields, metadata=dict(facts))


def _options(column: TableColumn) -> dict[str, str]:
    """The labels of the options of a choice, by code, as JSON."""
    if not isinstance(column.kind, Choice):
        return {}
    found = {one.code: labels_json(one.label) for one in column.kind.options}
    return {"options": json.dumps(found, ensure_ascii=False)}


def labels_json(labels: Labels) -> dict[str, str]:
    """Labels as plain data."""
    return {name: text for name, text in (("zh", labels.zh), ("en", labels.en)) if text}
