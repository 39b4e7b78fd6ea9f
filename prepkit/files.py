"""Reading bytes and text under limits, and the only place that opens a file for writing.

What is written is either wholly there or not at all: a temporary file beside the target, flushed
to the disk, then renamed. Files are readable by their owner only, because they hold stories.
"""

from __future__ import annotations

import codecs
import io
import os
import shutil
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from prepkit.errors import BusyError, InputError, PrepkitError

__all__ = [
    "check_zip",
    "decode",
    "inside",
    "is_junk",
    "locked",
    "make_folder",
    "publish_folder",
    "read_bytes",
    "read_text",
    "write_atomic",
]

MAX_BYTES = 20_000_000
"""Largest file that is read, in bytes; a posting with pictures is a few million."""

MAX_TEXT_BYTES = 5_000_000
"""Largest plain-text file that is read, in bytes; a long posting has 20,000."""

MAX_UNZIPPED_BYTES = 60_000_000
"""Largest sum of the unpacked parts of a Word or Excel file, in bytes; a real one has a few million."""

LOCK_SECONDS = 20.0
"""How long a save waits for another session to finish its own."""


def read_bytes(path: Path, limit: int = MAX_BYTES) -> bytes:
    """Return the content of a regular file of at most `limit` bytes.

    Raises:
        InputError: when there is no such file, it is no regular file, it may not be read, it is
            empty or it is larger than `limit`.
    """
    try:
        if path.is_dir():
            raise InputError(path, "This is a folder; a file is needed.")
        if not path.exists():
            raise InputError(path, "There is no such file.")
        if not path.is_file():
            raise InputError(path, "This is not a regular file.")
        size = path.stat().st_size
        if size > limit:
            raise InputError(path, f"The file has {size:,} bytes; at most {limit:,} are read.")
        data = path.read_bytes()
    except OSError as error:
        raise InputError(path, f"The file cannot be read: {error.strerror or error}.") from error
    if not data.strip():
        raise InputError(path, "The file is empty.")
    return data


def decode(data: bytes, path: Path) -> tuple[str, str]:
    """Return the text of `data` and a note on what was assumed (empty for plain UTF-8).

    A byte order mark decides first, then strict UTF-8, then Windows-1252. Line ends become
    ``\\n``; control characters other than tab and newline are dropped and the note says so.

    Raises:
        InputError: when the bytes are no text in any of these encodings.
    """
    notes = []
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encodings, label = ["utf-16"], "UTF-16"
    elif data.startswith(codecs.BOM_UTF8):
        encodings, label = ["utf-8-sig"], ""
    else:
        encodings, label = ["utf-8", "cp1252"], ""
    text = None
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            label = "Windows-1252"
            continue
        break
    if text is None or "\0" in text:
        raise InputError(path, "The file is not text in UTF-8, UTF-16 or Windows-1252. Save it as UTF-8.")
    if label:
        notes.append(f"read as {label}")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    cleaned = text.translate(_CONTROL)
    if cleaned != text:
        notes.append(f"{len(text) - len(cleaned)} control characters dropped")
    return cleaned, "; ".join(notes)


def read_text(path: Path) -> tuple[str, str]:
    """Return text and note of a file, as :func:`read_bytes` and :func:`decode` do."""
    return decode(read_bytes(path, MAX_TEXT_BYTES), path)


def check_zip(data: bytes, path: Path) -> None:
    """Refuse a Word or Excel file that is no zip archive, is encrypted or would unpack to too much.

    Raises:
        InputError: with the reason and what to do.
    """
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise InputError(path, "The file is protected by a password or in an old Office format. Save a plain copy.")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
    except (zipfile.BadZipFile, ValueError, OSError) as error:
        raise InputError(path, f"This is not a {path.suffix} file, or it is damaged.") from error
    if size > MAX_UNZIPPED_BYTES:
        raise InputError(path, f"The file unpacks to {size:,} bytes; at most {MAX_UNZIPPED_BYTES:,} are read.")


def is_junk(path: Path) -> bool:
    """Tell whether a file is a leftover of another program rather than somebody's work.

    >>> is_junk(Path("~$stories.xlsx")), is_junk(Path("stories.csv"))
    (True, False)
    """
    return path.name.startswith((".", "~$")) or path.name.endswith(("~", ".tmp", ".lock"))


def inside(folder: Path, path: Path) -> Path:
    """Return `path` resolved against `folder`, refusing anything that leads out of it.

    Raises:
        PrepkitError: for ``..``, an absolute path elsewhere, or a link that leaves the folder.
    """
    target = (folder / path).resolve()
    if not target.is_relative_to(folder.resolve()):
        raise PrepkitError(f"{path} lies outside {folder}. Files of a search stay inside its folder.")
    return target


def make_folder(path: Path) -> Path:
    """Make a folder, and those above it, for its owner only; one that exists is left as it is.

    Raises:
        InputError: when it cannot be made.
    """
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(path, f"The folder cannot be made: {error.strerror or error}.") from error
    return path


def write_atomic(path: Path, data: str | bytes) -> None:
    """Write a whole file, or leave the old one whole.

    Args:
        path: The target; a link is followed, so that the link stays.
        data: Text (written as UTF-8) or bytes.

    Raises:
        InputError: when the disk is full or the place cannot be written; the old file is intact.
    """
    raw = data.encode("utf-8") if isinstance(data, str) else data
    target = path.resolve() if path.is_symlink() else path
    temporary = target.with_name(f".{target.name}.tmp")
    make_folder(target.parent)
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(raw)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(temporary, target)
        _sync_folder(target.parent)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        reason = error.strerror or str(error)
        raise InputError(path, f"The file cannot be written: {reason}. The old one is unchanged.") from error


@contextmanager
def locked(path: Path, seconds: float = LOCK_SECONDS) -> Iterator[None]:
    """Hold the lock that goes with `path` (``.name.lock`` beside it).

    Raises:
        BusyError: when somebody else holds it for longer than `seconds`.
    """
    make_folder(path.parent)
    lock = FileLock(path.with_name(f".{path.name}.lock"), timeout=seconds, mode=0o600)
    try:
        lock.acquire()
    except Timeout as error:
        raise BusyError(f"{path}: another session is writing here. Close it, then try again.") from error
    try:
        yield
    finally:
        lock.release()


def publish_folder(staging: Path, target: Path) -> None:
    """Put a finished folder in the place of an old one, in one step for whoever looks.

    Args:
        staging: A complete folder on the same disk; it is gone afterwards.
        target: Where it goes; an older folder there is removed.
    """
    for file in sorted(staging.rglob("*")):
        if file.is_file():
            with file.open("rb") as stream:
                os.fsync(stream.fileno())
    old = target.with_name(f".{target.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if target.exists():
        os.replace(target, old)
    os.replace(staging, target)
    _sync_folder(target.parent)
    shutil.rmtree(old, ignore_errors=True)


def _sync_folder(folder: Path) -> None:
    if sys.platform == "win32":  # Windows has no handle for a folder
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


_CONTROL = dict.fromkeys((*range(9), 11, 12, *range(14, 32), 127))
