"""Reading bytes and text under limits, and the only place that opens a file for writing.

What is written is either wholly there or not at all: a temporary file beside the target, flushed
to the disk, then renamed. Files are readable by their owner only, because they hold stories.
"""

from __future__ import annotations

import codecs
import errno
import glob
import io
import os
import secrets
import shutil
import sys
import time
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
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
    "publish_files",
    "publish_folder",
    "read_bytes",
    "read_text",
    "recover_folder",
    "recover_folders",
    "remove",
    "without_controls",
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

WORK = ".work"
"""Where folders are made that are to be published; whatever is left there is of a run that was killed."""

STALE_SECONDS = 3_600
"""Age from which a temporary file is a leftover of a session that was killed; a save takes no second."""


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
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        readings = [("utf-16", "read as UTF-16")]
    elif data.startswith(codecs.BOM_UTF8):
        readings = [("utf-8-sig", "")]
    else:
        readings = [("utf-8", ""), ("cp1252", "read as Windows-1252")]
    text = note = "\0"
    while readings and text == "\0":
        encoding, note = readings.pop(0)
        with suppress(UnicodeDecodeError):
            text = data.decode(encoding)
    if "\0" in text:
        raise InputError(path, "The file is not text in UTF-8, UTF-16 or Windows-1252. Save it as UTF-8.")
    count = sum(text.count(chr(code)) for code in _CONTROL)
    dropped = f"{count} control character{'s' * (count != 1)} dropped" if count else ""
    return without_controls(text), "; ".join(filter(None, (note, dropped)))


def without_controls(text: str) -> str:
    """Return text without control characters; line ends become ``\\n``, tabs stay, form feeds become spaces.

    >>> without_controls("bell\\a, page\\fbreak")
    'bell, page break'
    """
    return text.replace("\r\n", "\n").replace("\r", "\n").translate(_CONTROL)


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
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError) as error:
        fix = f"Open it in the program that made it, and save it as {path.suffix} again."
        raise InputError(path, f"This is not a {path.suffix} file, or it is damaged. {fix}") from error
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
    try:
        target = (folder / path).resolve()
        within = target.is_relative_to(folder.resolve())
    except (OSError, RuntimeError, ValueError):  # a loop of links, or no name of a file at all
        within = False
    if not within:
        raise PrepkitError(f"{path} lies outside {folder}. Files of a search stay inside its folder.")
    return target


def make_folder(path: Path) -> Path:
    """Make a folder, and those above it, for its owner only; one that exists is left as it is.

    Raises:
        InputError: when it cannot be made.
    """
    try:
        # mkdir gives its mode to the last folder only
        missing = [folder for folder in (path, *path.parents) if not folder.exists()]
        for folder in (*reversed(missing), path):
            folder.mkdir(mode=0o700, exist_ok=True)
    except (OSError, ValueError) as error:
        raise InputError(path, f"The folder cannot be made: {_reason(error)}.") from error
    return path


def write_atomic(path: Path, data: str | bytes) -> None:
    """Write a whole file, or leave the old one whole.

    Args:
        path: The target; a link is followed, so that the link stays.
        data: Text (written as UTF-8) or bytes.

    Raises:
        InputError: when the disk is full or the place cannot be written; the old file is intact. When the disk
            does not confirm the new name of the finished file, the message says so.
    """
    target = _behind_link(path)
    make_folder(target.parent)
    # a name of its own, and never through a link: two sessions cannot write into each other's file
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(4)}.tmp")
    try:
        raw = data.encode("utf-8") if isinstance(data, str) else data
        _remove_leftovers(target)
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(raw)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(temporary, target)
    except (OSError, ValueError) as error:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise InputError(path, f"The file cannot be written: {_reason(error)}. The old one is unchanged.") from error
    try:
        _sync_folder(target.parent)
    except OSError as error:
        raise InputError(path, f"The file is written, but the disk does not confirm it: {_reason(error)}.") from error


def _behind_link(path: Path) -> Path:
    try:
        return path.resolve() if path.is_symlink() else path
    except (OSError, RuntimeError) as error:
        raise InputError(path, f"The place cannot be reached: {_reason(error)}.") from error


def _remove_leftovers(target: Path) -> None:
    for file in target.parent.glob(f".{glob.escape(target.name)}.????????.tmp"):
        with suppress(OSError):
            if time.time() - file.lstat().st_mtime > STALE_SECONDS:
                file.unlink()


def _reason(error: Exception) -> str:
    if isinstance(error, UnicodeEncodeError):
        return "the text has half of a character pair in it"
    return str(getattr(error, "strerror", None) or error)


@contextmanager
def locked(path: Path, seconds: float = LOCK_SECONDS) -> Iterator[None]:
    """Hold the lock that goes with `path` (``.name.lock`` beside it, or beside the file that a link leads to).

    Raises:
        BusyError: when somebody else holds it for longer than `seconds`.
        InputError: when there can be no lock in this place.
    """
    target = _behind_link(path)
    make_folder(target.parent)
    lock = FileLock(target.with_name(f".{target.name}.lock"), timeout=seconds, mode=0o600)
    try:
        lock.acquire(poll_interval=0.01)
    except (OSError, ValueError) as error:
        if not isinstance(error, Timeout):
            raise InputError(path, f"The place cannot be locked: {_reason(error)}.") from error
        raise BusyError(f"{path}: another session is writing here. Close it, then try again.") from error
    try:
        yield
    finally:
        lock.release()


def publish_folder(staging: Path, target: Path) -> None:
    """Put a finished folder in the place of an old one; nobody sees a folder that is half new.

    The old one waits as ``.name.old`` until the new one is in place. Whoever stops in between loses nothing: the
    next call, or :func:`recover_folder`, puts it back.

    Args:
        staging: A complete folder on the same disk; it is gone afterwards.
        target: Where it goes; an older folder, file or link there is removed.

    Raises:
        InputError: when the disk is full or the place cannot be written; the old folder is in place, and `staging`
            is left as it is.
    """
    old = _old(target)
    try:
        for file in sorted(staging.rglob("*")):
            if file.is_file():
                with file.open("rb") as stream:
                    os.fsync(stream.fileno())
            elif file.is_dir():
                _sync_folder(file)
        _sync_folder(staging)
        recover_folder(target)
        _remove(old)
        if target.exists() or target.is_symlink():
            os.replace(target, old)
        os.replace(staging, target)
    except OSError as error:
        with suppress(OSError):
            recover_folder(target)
        raise InputError(target, f"The folder cannot be put in place: {_reason(error)}.") from error
    with suppress(OSError):  # the new folder is there; what is left of the old one goes next time
        _sync_folder(target.parent)
        _remove(old)


def publish_files(files: Mapping[str, bytes], target: Path) -> None:
    """Put a folder with these files in the place of an old one, as :func:`publish_folder` does.

    Args:
        files: Name to content of each file.
        target: Where the folder goes.

    Raises:
        InputError: when the disk is full or the place cannot be written; the old folder is in place.
    """
    staging = target.parent / WORK / f"{target.name}.{secrets.token_hex(4)}"
    make_folder(staging)
    try:
        for name, data in files.items():
            with os.fdopen(os.open(staging / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
                stream.write(data)
        publish_folder(staging, target)
    except OSError as error:
        raise InputError(
            target, f"The folder cannot be written: {_reason(error)}. The old one is unchanged."
        ) from error
    finally:
        shutil.rmtree(staging, ignore_errors=True)
        with suppress(OSError):  # something else is being published
            staging.parent.rmdir()


def recover_folders(parent: Path) -> None:
    """Put everything in a folder of published folders right that a killed run has left there.

    Only for whoever holds a lock on the folder: nobody else may be writing in it.

    Raises:
        InputError: when that cannot be done.
    """
    try:
        shutil.rmtree(parent / WORK, ignore_errors=True)
        for unfinished in parent.glob(".*.????????.tmp"):
            unfinished.unlink()
        for old in parent.glob(".*.old"):
            recover_folder(parent / old.name[1:].removesuffix(".old"))
            _remove(old)
    except OSError as error:
        raise InputError(parent, f"What a stopped run has left cannot be put right: {_reason(error)}.") from error


def recover_folder(target: Path) -> None:
    """Put back the old folder where :func:`publish_folder` was stopped before the new one was in place."""
    if _old(target).exists() and not target.exists() and not target.is_symlink():
        os.replace(_old(target), target)


def _old(target: Path) -> Path:
    return target.with_name(f".{target.name}.old")


def remove(path: Path) -> None:
    """Remove a file, a link or a folder with all in it; what links lead to stays, and nothing there is no fault.

    Raises:
        InputError: when something of it cannot be removed.
    """
    try:
        _remove(path)
    except OSError as error:
        raise InputError(path, f"It cannot be removed: {_reason(error)}.") from error


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    if sys.platform == "win32":  # Windows has no handle for a folder
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # some network drives know no such thing
            raise
    finally:
        os.close(descriptor)


# U+FFFE and U+FFFF are no characters, and no XML takes them
_CONTROL: dict[int, str | None] = {
    **dict.fromkeys((*range(9), *range(14, 32), *range(127, 160), 0xFFFE, 0xFFFF)),
    **dict.fromkeys((11, 12, 0x85), " "),
}
