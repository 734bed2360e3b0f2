"""The sentence of every error code, in English and Chinese; one file per part of the house."""

from __future__ import annotations

from crmcore.errors.messages import (
    accounts,
    adopting,
    archive,
    audit,
    cli,
    converting,
    embedding,
    evolving,
    exporting,
    files,
    importing,
    kinds,
    loading,
    query,
    reporting,
    reviewing,
    schema,
    storage,
    tables,
    work,
)

CATALOGUE: dict[str, tuple[str, str]] = {
    **kinds.MESSAGES,
    **schema.MESSAGES,
    **query.MESSAGES,
    **storage.MESSAGES,
    **adopting.MESSAGES,
    **embedding.MESSAGES,
    **work.MESSAGES,
    **accounts.MESSAGES,
    **importing.MESSAGES,
    **converting.MESSAGES,
    **loading.MESSAGES,
    **exporting.MESSAGES,
    **reporting.MESSAGES,
    **tables.MESSAGES,
    **evolving.MESSAGES,
    **archive.MESSAGES,
    **audit.MESSAGES,
    **reviewing.MESSAGES,
    **files.MESSAGES,
    **cli.MESSAGES,
}
