"""Zip archives without a clock: the same content gives the same bytes."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping

__all__ = ["EPOCH", "without_times", "zipped"]

EPOCH = (1980, 1, 1, 0, 0, 0)
"""The time that every part of an archive bears; the format knows none before it."""

_CORE = "docProps/core.xml"
_CORE_TIMES = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*(</)")


def zipped(parts: Mapping[str, bytes]) -> bytes:
    """Return a zip archive of named parts, in their order.

    >>> zipped({"a.txt": b"same"}) == zipped({"a.txt": b"same"})
    True
    """
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 0  # the same on every system
            archive.writestr(entry, data)
    return stream.getvalue()


def without_times(archive: bytes) -> bytes:
    """Return a Word or Excel file without the times at which it was made.

    Args:
        archive: A file that this program has just made; nothing is guarded here.
    """
    with zipfile.ZipFile(io.BytesIO(archive)) as source:
        parts = {name: source.read(name) for name in source.namelist()}
    if _CORE in parts:
        parts[_CORE] = _CORE_TIMES.sub(rb"\g<1>1980-01-01T00:00:00Z\g<2>", parts[_CORE])
    return zipped(parts)
