"""Records: frozen versions of things, their ids and their digests."""

from crmcore.records.canonical import (
    canonical,
    canonical_json,
    commitment,
    digest_text,
    is_personal,
    lasting,
    personal_commitments,
    record_digest,
    removal_commitment,
    root_of,
    stamps_text,
    version_commitment,
)
from crmcore.records.identity import derived_id, new_id
from crmcore.records.record import Layout, Record, layout_of

__all__ = [
    "Layout",
    "Record",
    "canonical",
    "canonical_json",
    "commitment",
    "derived_id",
    "digest_text",
    "is_personal",
    "lasting",
    "layout_of",
    "new_id",
    "personal_commitments",
    "record_digest",
    "removal_commitment",
    "root_of",
    "stamps_text",
    "version_commitment",
]
