"""Whatever goes wrong while reading leaves as `SourceError`; nothing else does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from crmcore.errors import CrmError, SourceError


@contextmanager
def reading(file: str) -> Iterator[None]:
    """Turn every exception of the block into a `SourceError` about `file`."""
    try:
        yield
    except CrmError:
        raise
    except FileNotFoundError as error:
        raise SourceError("source_missing", file=file) from error
    except PermissionError as error:
        raise SourceError("source_denied", file=file) from error
    except OSError as error:
        raise SourceError("source_failed", file=file, reason=error.strerror or "?") from error
    except MemoryError as error:
        raise SourceError("source_out_of_memory", file=file) from error
    except Exception as error:
        # The libraries below raise nearly every class there is (seen: IndexError, struct.error,
        # zlib.error, EOFError, NotImplementedError); the caller is promised one.
        raise SourceError("source_damaged", file=file, reason=type(error).__name__) from error
