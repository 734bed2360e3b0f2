"""Small parts of many versions, sorted into files while they are gathered: no memory grows."""

from __future__ import annotations

import tempfile
import weakref
from collections.abc import Iterator
from typing import IO, Final

from attrs import define, field

BUCKETS: Final = 16
_HELD: Final = 1 << 18
"""Bytes of a bucket that stay in memory; of more, a file is made that nobody else sees."""


@define
class _Bucket:
    held: bytearray = field(factory=bytearray)
    file: IO[bytes] | None = None

    def add(self, part: bytes) -> None:
        self.held += part
        if len(self.held) >= _HELD:
            if self.file is None:
                self.file = tempfile.TemporaryFile()  # noqa: SIM115 - closed when taken
            self.file.write(self.held)
            self.held.clear()

    def taken(self) -> bytes:
        former = b""
        if self.file is not None:
            self.file.seek(0)
            former = self.file.read()
        found = former + bytes(self.held)
        self.close()
        return found

    def close(self) -> None:
        self.held.clear()
        if self.file is not None:
            self.file.close()
            self.file = None


def _close(buckets: list[_Bucket]) -> None:
    for one in buckets:
        one.close()


@define(eq=False)
class Spool:
    """Parts of `width` bytes each; what belongs together lies in one bucket."""

    width: int
    _buckets: list[_Bucket] = field(factory=lambda: [_Bucket() for _ in range(BUCKETS)])

    def __attrs_post_init__(self) -> None:
        weakref.finalize(self, _close, self._buckets)

    def add(self, bucket: int, part: bytes) -> None:
        """Keep `part`."""
        self._buckets[bucket % BUCKETS].add(part)

    def sorted_buckets(self) -> Iterator[list[bytes]]:
        """The parts of each bucket, in their order; what was kept is gone after."""
        for bucket in self._buckets:
            data = bucket.taken()
            starts = range(0, len(data), self.width)
            yield sorted(data[start : start + self.width] for start in starts)
