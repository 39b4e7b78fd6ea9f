"""Reading under limits, and saves that leave the old or the new file whole, whatever happens."""

from __future__ import annotations

import codecs
import errno
import io
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prepkit import files
from prepkit.errors import BusyError, InputError, PrepkitError
from prepkit.files import (
    check_zip,
    decode,
    inside,
    is_junk,
    locked,
    make_folder,
    publish_folder,
    read_bytes,
    read_text,
    recover_folder,
    without_controls,
    write_atomic,
)

HERE = Path("some.txt")
FULL, BROKEN = errno.ENOSPC, errno.EIO


def mode(path: Path) -> int:
    return path.lstat().st_mode & 0o777


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def fail_at(monkeypatch: pytest.MonkeyPatch, step: str, number: int, when: int = 1) -> None:
    """Make a step of the operating system fail from its `when`-th call on; ``write`` fails with half written."""
    calls = 0
    real = getattr(os, step if step != "write" else "fdopen")

    class Failing(io.FileIO):
        def write(self, data: Any, /) -> int:
            super().write(data[: len(data) // 2])
            raise OSError(number, os.strerror(number))

    def broken(*args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls < when:
            return real(*args, **kwargs)
        if step == "write":
            return Failing(args[0], "wb")
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(files.os, "fdopen" if step == "write" else step, broken)


# --- reading


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda path: None, "There is no such file."),
        (lambda path: path.mkdir(), "This is a folder"),
        (lambda path: path.write_bytes(b""), "The file is empty."),
        (lambda path: path.write_bytes(b" \r\n\t"), "The file is empty."),
        (lambda path: path.write_bytes(b"x" * 11), "The file has 11 bytes; at most 10 are read."),
        (os.mkfifo, "This is not a regular file."),
        (lambda path: path.symlink_to(path), "There is no such file."),
        (lambda path: path.symlink_to(path.with_name("gone")), "There is no such file."),
    ],
    ids=["missing", "folder", "empty", "only-space", "too-large", "pipe", "link-to-itself", "dangling-link"],
)
def test_what_is_no_usable_file_is_refused(tmp_path: Path, make: Callable[[Path], Any], said: str) -> None:
    """Whatever cannot be read is refused at once, with its name and the reason."""
    path = tmp_path / "a.txt"
    make(path)
    with pytest.raises(InputError, match=said) as caught:
        read_bytes(path, limit=10)
    assert path == caught.value.path


def test_name_that_no_disk_takes_is_refused(tmp_path: Path) -> None:
    """A name of 300 letters is a fault of the input, not of the program."""
    with pytest.raises(InputError, match="cannot be read: File name too long"):
        read_bytes(tmp_path / ("x" * 300))


def test_file_of_exactly_the_limit_is_read(tmp_path: Path) -> None:
    """The limit itself is allowed."""
    (tmp_path / "a.txt").write_bytes(b"0123456789")
    assert read_bytes(tmp_path / "a.txt", limit=10) == b"0123456789"


@pytest.mark.parametrize(
    ("data", "text", "note"),
    [
        (b"plain", "plain", ""),
        ("\u00f6 \u2013 \u20ac \u6771 \U0001f642".encode(), "\u00f6 \u2013 \u20ac \u6771 \U0001f642", ""),
        (codecs.BOM_UTF8 + "\u00e4".encode(), "\u00e4", ""),
        ("\ufeff\u00e4\n".encode("utf-16-le"), "\u00e4\n", "read as UTF-16"),
        ("\ufeff\u00e4\n".encode("utf-16-be"), "\u00e4\n", "read as UTF-16"),
        (b"\x93smart\x94 \x80 \xe9", "\u201csmart\u201d \u20ac \u00e9", "read as Windows-1252"),
        (b"a\r\nb\rc\nd", "a\nb\nc\nd", ""),
        (b"a\tb", "a\tb", ""),
        (b"a\x07b", "ab", "1 control character dropped"),
        (b"a\x0bb\x0cc\x7f", "a b c", "3 control characters dropped"),
        (b"\xe9\x1b", "\u00e9", "read as Windows-1252; 1 control character dropped"),
    ],
    ids=["ascii", "utf-8", "bom", "utf-16-le", "utf-16-be", "cp1252", "line-ends", "tab", "bell", "breaks", "both"],
)  # fmt: skip
def test_text_of_any_usual_encoding_is_read(data: bytes, text: str, note: str) -> None:
    """Text comes out the same from every encoding, and what was assumed is noted."""
    assert (text, note) == decode(data, HERE)


@pytest.mark.parametrize(
    "data",
    [b"\x89PNG\0\0", b"\x81\x8d", "\ufeffa".encode("utf-32-le"), codecs.BOM_UTF16_LE + b"a", codecs.BOM_UTF8 + b"\xff"],
    ids=["zeros", "in-no-code-page", "utf-32", "half-a-character", "broken-after-mark"],
)  # fmt: skip
def test_bytes_that_are_no_text_are_refused(data: bytes) -> None:
    """Pictures and broken text are refused with what to do."""
    with pytest.raises(InputError, match=r"is not text in .* Save it as UTF-8\."):
        decode(data, HERE)


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")))
def test_reading_keeps_every_character_but_controls(text: str) -> None:
    """Nothing but control characters and the kind of line end is changed, and no control character is left."""
    read, note = decode(text.encode(), HERE)
    assert read == without_controls(text.removeprefix("\ufeff"))
    assert not [c for c in read if ord(c) < 32 and c not in "\n\t"]
    dropped = (*range(9), *range(11, 13), *range(14, 32), *range(127, 160), 0xFFFE, 0xFFFF)
    assert bool(note) == any(ord(c) in dropped for c in text.removeprefix("\ufeff"))


def test_text_file_has_a_limit_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A text file is read up to the limit for texts, and its note comes along."""
    path = tmp_path / "a.txt"
    path.write_bytes(b"caf\xe9")
    assert read_text(path) == ("caf\u00e9", "read as Windows-1252")
    monkeypatch.setattr(files, "MAX_TEXT_BYTES", 3)
    with pytest.raises(InputError, match="at most 3"):
        read_text(path)


# --- zip archives


def archive(content: bytes = b"text") -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as target:
        target.writestr("word/document.xml", content)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"\xd0\xcf\x11\xe0rest", "protected by a password or in an old Office format"),
        (b"plain", "not a .docx file"),
        (archive()[:40], "not a .docx file"),
        (archive(bytes(2_000_000)), "unpacks to 2,000,000 bytes"),
    ],
    ids=["old-or-protected", "no-zip", "torn", "bomb"],
)
def test_office_file_that_cannot_be_read_is_refused(data: bytes, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An archive that is none, is protected or would fill the memory is refused before it is unpacked."""
    monkeypatch.setattr(files, "MAX_UNZIPPED_BYTES", 1_999_999)
    with pytest.raises(InputError, match=said):
        check_zip(data, Path("a.docx"))


def test_sound_office_file_passes() -> None:
    """A usual archive is not refused."""
    check_zip(archive(), Path("a.docx"))


def test_damaged_archives_never_bring_the_program_down() -> None:
    """Whatever bytes are turned, an archive passes or is refused with a sentence."""
    dice, sound = random.Random(7), archive(b"hello" * 50)
    for _ in range(3_000):
        data = bytearray(sound)
        for _ in range(dice.randint(1, 4)):
            data[dice.randrange(len(data))] = dice.randrange(256)
        with suppress(InputError):
            check_zip(bytes(data), Path("a.docx"))


# --- names and folders


@pytest.mark.parametrize(
    ("name", "junk"),
    [
        ("stories.csv", False), ("posting.md", False), ("~$stories.xlsx", True), ("._prepkit.yaml", True),
        (".DS_Store", True), ("plan.yaml~", True), (".plan.yaml.lock", True), ("plan.yaml.tmp", True),
    ],
)  # fmt: skip
def test_leftovers_of_other_programs_are_told_from_work(name: str, junk: bool) -> None:
    """Lock files, backups and resource forks are junk, files of a search are not."""
    assert junk is is_junk(Path("folder") / name)


@pytest.mark.parametrize("path", ["posting.md", "a/../posting.md", ".", "not/there/yet"])
def test_path_inside_is_resolved(tmp_path: Path, path: str) -> None:
    """What stays in the folder is allowed, whether it exists or not."""
    assert (tmp_path / path).resolve() == inside(tmp_path, Path(path))


def test_absolute_path_and_link_inside_are_allowed(tmp_path: Path) -> None:
    """An absolute path or a link is refused for where it leads, not for what it is."""
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert (tmp_path / "real").resolve() == inside(tmp_path, tmp_path / "link")


@pytest.mark.parametrize(
    "path", ["..", "../other/cv.txt", "a/../../x", "/etc/passwd", "out", "out/cv.txt", "loop", "a\0b"]
)
def test_path_that_leads_out_is_refused(tmp_path: Path, path: str) -> None:
    """Nothing leads out of the folder of a search: not dots, not an absolute path, not a link."""
    search = tmp_path / "search"
    search.mkdir()
    (tmp_path / "searching").mkdir()  # begins with the same letters
    (search / "out").symlink_to(tmp_path / "searching")
    (search / "loop").symlink_to(search / "loop")
    if path == "loop" and sys.version_info >= (3, 13):
        pytest.skip("a loop resolves to itself from Python 3.13 on")
    with pytest.raises(PrepkitError, match="lies outside"):
        inside(search, Path(path))


def test_new_folders_are_for_their_owner_only(tmp_path: Path) -> None:
    """All folders that are made are private, those on the way too; one that was there keeps its mode."""
    tmp_path.chmod(0o755)
    made = make_folder(tmp_path / "a" / "b" / "c")
    assert [mode(folder) for folder in (made, made.parent, made.parent.parent)] == [0o700] * 3
    assert make_folder(tmp_path) == tmp_path
    assert mode(tmp_path) == 0o755


def test_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    """A file in the way is a fault of the input."""
    (tmp_path / "a").write_text("x", encoding="utf-8")
    for path in (tmp_path / "a", tmp_path / "a" / "b"):
        with pytest.raises(InputError, match="The folder cannot be made"):
            make_folder(path)


# --- saving


@pytest.mark.parametrize("data", ["B\u00f6rn \U0001f642\n", b"\0\xff", ""], ids=["text", "bytes", "nothing"])
def test_save_writes_all_and_leaves_nothing_else(tmp_path: Path, data: str | bytes) -> None:
    """What is read back is what was written, for the owner only, with no other file beside it."""
    path = tmp_path / "new" / "a.txt"
    write_atomic(path, data)
    assert (data.encode() if isinstance(data, str) else data) == path.read_bytes()
    assert names(path.parent) == ["a.txt"]
    assert (mode(path), mode(path.parent)) == (0o600, 0o700)


def test_save_makes_an_open_file_private(tmp_path: Path) -> None:
    """A file that others could read is private after a save."""
    path = tmp_path / "a.txt"
    path.write_text("old", encoding="utf-8")
    path.chmod(0o644)
    write_atomic(path, "new")
    assert mode(path) == 0o600


def test_save_follows_a_link_and_leaves_it(tmp_path: Path) -> None:
    """A file kept elsewhere and linked here stays kept elsewhere."""
    (tmp_path / "shared").mkdir()
    real, link = tmp_path / "shared" / "plan.yaml", tmp_path / "plan.yaml"
    link.symlink_to("shared/plan.yaml")
    for text in ("first", "second"):  # the first through a link that leads nowhere yet
        write_atomic(link, text)
        assert (text, True) == (real.read_text(encoding="utf-8"), link.is_symlink())


@pytest.mark.parametrize("step", ["open", "write", "fsync", "replace"])
@pytest.mark.parametrize("number", [FULL, BROKEN], ids=["disk-full", "disk-broken"])
def test_failed_save_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, number: int
) -> None:
    """Whichever step fails, the old file is whole, nothing lies beside it, and the message says so."""
    path = tmp_path / "a.txt"
    path.write_text("old", encoding="utf-8")
    with monkeypatch.context() as patch:
        fail_at(patch, step, number)
        with pytest.raises(InputError, match=rf"{os.strerror(number)}. The old one is unchanged"):
            write_atomic(path, "new" * 1_000)
    assert (path.read_text(encoding="utf-8"), names(tmp_path)) == ("old", ["a.txt"])


def test_failed_first_save_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there was no file, a failed save leaves none, and the next save works."""
    with monkeypatch.context() as patch:
        fail_at(patch, "write", FULL)
        with pytest.raises(InputError):
            write_atomic(tmp_path / "a.txt", "new")
    assert names(tmp_path) == []
    write_atomic(tmp_path / "a.txt", "new")


@pytest.mark.parametrize("number", [FULL, BROKEN], ids=["disk-full", "disk-broken"])
def test_unconfirmed_save_does_not_claim_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """When only the folder cannot be flushed, the new file is there and nobody is told that the old one is."""
    path = tmp_path / "a.txt"
    path.write_text("old", encoding="utf-8")
    fail_at(monkeypatch, "fsync", number, when=2)
    with pytest.raises(InputError, match="is written, but the disk does not confirm it"):
        write_atomic(path, "new")
    assert path.read_text(encoding="utf-8") == "new"


def test_drive_that_cannot_flush_folders_is_fine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Network drives that know no flush of a folder are no reason to call a save failed."""
    fail_at(monkeypatch, "fsync", errno.EINVAL, when=2)
    write_atomic(tmp_path / "a.txt", "new")


def test_half_a_character_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    """Text that cannot be written as UTF-8 leaves the old file and says why."""
    write_atomic(tmp_path / "a.txt", "old")
    with pytest.raises(InputError, match="half of a character pair"):
        write_atomic(tmp_path / "a.txt", "\ud800")
    assert names(tmp_path) == ["a.txt"]
    assert (tmp_path / "a.txt").read_text(encoding="utf-8") == "old"


def test_save_never_writes_through_a_link_laid_for_it(tmp_path: Path) -> None:
    """A link with the name of a temporary file is not written through, even when the name is guessed."""
    victim = tmp_path / "victim"
    victim.write_text("mine", encoding="utf-8")
    (tmp_path / ".a.txt.00000000.tmp").symlink_to(victim)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(files.secrets, "token_hex", lambda size: "00" * size)
        with pytest.raises(InputError, match="File exists"):
            write_atomic(tmp_path / "a.txt", "new")
    assert victim.read_text(encoding="utf-8") == "mine"


def test_old_leftovers_are_swept_and_young_ones_kept(tmp_path: Path) -> None:
    """A save removes temporary files of sessions killed long ago, of its own target only."""
    ages = {".a[1].txt.0123abcd.tmp": 7_200, ".a[1].txt.4567abcd.tmp": 60, ".b.txt.0123abcd.tmp": 7_200}
    for name, age in ages.items():
        (tmp_path / name).write_text("torn", encoding="utf-8")
        os.utime(tmp_path / name, (time.time() - age,) * 2)
    write_atomic(tmp_path / "a[1].txt", "new")
    assert {"a[1].txt", *list(ages)[1:]} == set(names(tmp_path))


def test_sessions_that_save_at_once_leave_one_whole_file(tmp_path: Path) -> None:
    """Without a lock the last save wins, but no file is ever put together from two."""
    path = tmp_path / "a.json"
    texts = [json.dumps([letter] * 20_000) for letter in "ab"]
    write_atomic(path, texts[0])
    threads = [threading.Thread(target=lambda t=text: [write_atomic(path, t) for _ in range(40)]) for text in texts]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        assert path.read_text(encoding="utf-8") in texts


SAVER = """
import json, sys
from pathlib import Path
from prepkit.files import write_atomic
path, number = Path(sys.argv[1]), 0
while True:
    number += 1
    write_atomic(path, json.dumps({"number": number, "filling": "x" * 300_000}))
    if number == 1:
        print("going", flush=True)
"""


def test_killed_saves_leave_a_whole_file(tmp_path: Path) -> None:
    """A session killed at any moment of a save leaves a file that can be read from end to end, 30 times out of 30."""
    path, dice = tmp_path / "a.json", random.Random(3)
    for _ in range(30):
        child = subprocess.Popen([sys.executable, "-c", SAVER, str(path)], stdout=subprocess.PIPE)
        assert child.stdout is not None
        child.stdout.readline()
        time.sleep(dice.uniform(0, 0.02))
        child.send_signal(signal.SIGKILL)
        child.communicate()
        assert len(json.loads(path.read_text(encoding="utf-8"))["filling"]) == 300_000


# --- locks


HOLDER = """
import sys
from pathlib import Path
from prepkit.files import locked
with locked(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def holder(tmp_path: Path) -> Any:
    """A function that starts another process which holds the lock of a path."""
    children = []

    def hold(path: Path) -> subprocess.Popen[bytes]:
        child = subprocess.Popen(
            [sys.executable, "-c", HOLDER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        children.append(child)
        assert child.stdout is not None
        assert child.stdout.readline() == b"held\n"
        return child

    yield hold
    for child in children:
        child.kill()
        child.communicate()


def test_lock_keeps_another_process_out_and_says_so(tmp_path: Path, holder: Any) -> None:
    """A second session is told that another one is writing; when that one is done, it may."""
    path = tmp_path / "plan.yaml"
    child = holder(path)
    with pytest.raises(BusyError, match=r"plan\.yaml: another session is writing here\. Close it"), locked(path, 0.1):
        pass
    child.communicate(b"\n")
    with locked(path, 0.1):
        pass


def test_lock_of_a_killed_session_is_free(tmp_path: Path, holder: Any) -> None:
    """Nobody has to delete a lock file by hand."""
    child = holder(tmp_path / "plan.yaml")
    child.kill()
    child.wait()
    with locked(tmp_path / "plan.yaml", 0.5):
        pass


def test_two_links_to_one_file_share_its_lock(tmp_path: Path) -> None:
    """Sessions that reach a plan by different names still exclude each other."""
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "plan.yaml").symlink_to(tmp_path / "shared.yaml")
    with locked(tmp_path / "one" / "plan.yaml"), pytest.raises(BusyError), locked(tmp_path / "two" / "plan.yaml", 0.1):
        pass


def test_lock_is_let_go_after_a_fault(tmp_path: Path) -> None:
    """A change that fails does not lock the file for good, and the lock file is private."""
    path = tmp_path / "new" / "plan.yaml"
    with pytest.raises(KeyError), locked(path):
        raise KeyError
    with locked(path, 0.1):
        assert mode(path.with_name(".plan.yaml.lock")) == 0o600


@pytest.mark.parametrize("obstacle", ["folder", "link"])
def test_place_that_cannot_be_locked_is_told(tmp_path: Path, obstacle: str) -> None:
    """A folder or a link where the lock should be is a fault of the place, and nothing behind it is touched."""
    lock = tmp_path / ".a.lock"
    if obstacle == "folder":
        lock.mkdir()
    else:
        (tmp_path / "victim").write_text("mine", encoding="utf-8")
        lock.symlink_to(tmp_path / "victim")
    with pytest.raises(InputError, match="cannot be locked"), locked(tmp_path / "a", 0.1):
        pass
    assert obstacle == "folder" or (tmp_path / "victim").read_text(encoding="utf-8") == "mine"


# --- publishing


def tree(folder: Path) -> dict[str, str]:
    return {str(p.relative_to(folder)): p.read_text(encoding="utf-8") for p in folder.rglob("*") if p.is_file()}


def staged(folder: Path, text: str) -> Path:
    staging = folder / ".staging"
    for name in ("report.html", "data/coverage.csv"):
        write_atomic(staging / name, text)
    return staging


OLD, NEW = (dict.fromkeys(("report.html", "data/coverage.csv"), text) for text in ("old", "new"))


def test_publishing_puts_a_whole_folder_in_place_of_another(tmp_path: Path) -> None:
    """The new folder is there with all files, nothing of the old one is left, staging is gone."""
    target = tmp_path / "report"
    for text, whole in (("old", OLD), ("new", NEW)):
        publish_folder(staged(tmp_path, text), target)
        assert whole == tree(target)
        write_atomic(target / "extra.txt", "old only")
    target_files = {**NEW, "extra.txt": "old only"}
    assert (target_files, ["report"]) == (tree(target), names(tmp_path))


@pytest.mark.parametrize("kind", ["file", "link", "dangling-link"])
def test_file_or_link_in_the_way_is_replaced(tmp_path: Path, kind: str) -> None:
    """A file or a link with the name of the report gives way; what a link leads to is not touched."""
    target, elsewhere = tmp_path / "report", tmp_path / "elsewhere"
    write_atomic(elsewhere / "a.txt", "mine")
    if kind == "file":
        write_atomic(target, "x")
    else:
        target.symlink_to(elsewhere if kind == "link" else tmp_path / "gone")
    publish_folder(staged(tmp_path, "new"), target)
    assert tree(target) == NEW
    assert tree(elsewhere) == {"a.txt": "mine"}
    assert {"report", "elsewhere"} == set(names(tmp_path))


STEPS = {"first-rename": ("replace", 1), "second-rename": ("replace", 2), "flush": ("fsync", 1)}


@pytest.mark.parametrize("number", [FULL, BROKEN], ids=["disk-full", "disk-broken"])
@pytest.mark.parametrize("step", STEPS)
def test_failed_publishing_keeps_the_old_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, number: int
) -> None:
    """Whichever step fails, the old folder is where it was, and the fault is told in a sentence."""
    target = tmp_path / "report"
    publish_folder(staged(tmp_path, "old"), target)
    staging = staged(tmp_path, "new")
    name, when = STEPS[step]
    real, calls = getattr(os, name), 0

    def once(*args: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == when:
            raise OSError(number, os.strerror(number))
        return real(*args)

    with monkeypatch.context() as patch:
        patch.setattr(files.os, name, once)
        with pytest.raises(InputError, match=f"cannot be put in place: {os.strerror(number)}"):
            publish_folder(staging, target)
    assert (tree(target), tree(staging)) == (OLD, NEW)
    publish_folder(staging, target)
    assert (tree(target), names(tmp_path)) == (NEW, ["report"])


class Stopped(BaseException):
    """Stands for a kill: no handler for errors sees it."""


def crashed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a target whose publishing was killed between its two renames."""
    target, real = tmp_path / "report", os.replace
    publish_folder(staged(tmp_path, "old"), target)

    def first_only(source: Path, to: Path) -> None:
        if to == target:
            raise Stopped
        real(source, to)

    with monkeypatch.context() as patch:
        patch.setattr(files.os, "replace", first_only)
        with pytest.raises(Stopped):
            publish_folder(staged(tmp_path, "new"), target)
    assert not target.exists()
    return target


def test_folder_of_a_crash_between_the_renames_is_put_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a kill between the two renames the old folder comes back; a second call changes nothing."""
    target = crashed(tmp_path, monkeypatch)
    for _ in range(2):
        recover_folder(target)
        assert tree(target) == OLD


def test_second_crash_does_not_lose_the_only_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The old folder outlives a second kill at the same place, and publishing then goes on as if nothing had been."""
    target = crashed(tmp_path, monkeypatch)
    real = os.replace

    def only_back(source: Path, to: Path) -> None:
        if source.name == ".staging":
            raise Stopped
        real(source, to)

    with monkeypatch.context() as patch:
        patch.setattr(files.os, "replace", only_back)
        with pytest.raises(Stopped):
            publish_folder(staged(tmp_path, "new"), target)
    assert tree(tmp_path / ".report.old") == OLD
    publish_folder(staged(tmp_path, "new"), target)
    assert (tree(target), names(tmp_path)) == (NEW, ["report"])


def test_recovery_leaves_a_published_folder_alone(tmp_path: Path) -> None:
    """An old folder beside a good one is never put in its place."""
    write_atomic(tmp_path / ".report.old" / "a.txt", "old")
    write_atomic(tmp_path / "report" / "a.txt", "new")
    recover_folder(tmp_path / "report")
    assert tree(tmp_path / "report") == {"a.txt": "new"}


PUBLISHER = """
import sys
from pathlib import Path
from prepkit.files import publish_folder, write_atomic
target, number = Path(sys.argv[1]), 0
while True:
    number += 1
    staging = target.with_name(f".staging-{number}")
    for name in ("a", "b/c"):
        write_atomic(staging / name, f"{number}")
    publish_folder(staging, target)
    print("done", flush=True)
"""


def test_killed_publishing_loses_nothing(tmp_path: Path) -> None:
    """After each of 15 kills there is one whole folder: in place, or waiting to be put back."""
    dice = random.Random(5)
    for number in range(15):
        target = tmp_path / str(number) / "report"
        child = subprocess.Popen([sys.executable, "-c", PUBLISHER, str(target)], stdout=subprocess.PIPE)
        assert child.stdout is not None
        child.stdout.readline()
        time.sleep(dice.uniform(0, 0.03))
        child.kill()
        child.communicate()
        recover_folder(target)
        whole = tree(target)
        assert {"a", "b/c"} == set(whole)
        assert len(set(whole.values())) == 1
