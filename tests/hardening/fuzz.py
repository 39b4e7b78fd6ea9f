"""Every reader of files from outside, for fuzzing; `make fuzz` runs each under atheris, `test_fuzz.py` more shortly.

Whatever a file holds, only a PrepkitError may come of reading it. As a program: `fuzz.py` runs all readers, each for
FUZZ_SECONDS in a process of its own, and keeps what it finds in `.fuzz/` beside it; `fuzz.py NAME FILE` tries one file
again.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from contextlib import nullcontext, suppress
from io import BytesIO
from pathlib import Path
from random import Random
from typing import Any

HERE = Path(__file__).parent
FOUND = HERE / ".fuzz"

ALONE = __name__ == "__main__" and len(sys.argv) > 1
if __name__ == "__main__":
    sys.path[:0] = [str(HERE.parent)]
if ALONE:
    import atheris

# coverage is measured of what is imported in here
with atheris.instrument_imports(include=["prepkit"]) if ALONE else nullcontext():
    import yaml
    from specimens import CSV, GOOD, zipped

    from prepkit import documents, pack
    from prepkit.debrief import load_debriefs
    from prepkit.errors import InputError, PrepkitError
    from prepkit.files import check_zip, read_bytes
    from prepkit.manifest import Manifest
    from prepkit.plan import load_plan
    from prepkit.posting import read_posting
    from prepkit.questions import load_questions
    from prepkit.review import read_review
    from prepkit.search import read_search
    from prepkit.spreadsheet import read_ratings
    from prepkit.standing import read_standing
    from prepkit.stories import read_stories


def _document(path: Path) -> object:
    """Read a PDF or Word file as its child process does, but in this one, where what it runs through is seen."""
    data = read_bytes(path)
    if path.suffix == ".docx":
        check_zip(data, path)
    try:
        return documents._docx(data) if path.suffix == ".docx" else documents._pdf(data)
    except documents._UnreadableError as error:
        raise InputError(path, str(error)) from error


def _settings(path: Path) -> object:
    (path.parent / "stories.csv").write_text(CSV, encoding="utf-8")
    return read_search(path.parent)


STANDING = {
    "format": 1, "name": "tidewrack", "candidate": "Ada", "role": "Manager", "company": "Ferries", "level": "mid",
    "chosen": True, "interview": "2026-12-03", "next": "Rehearse.", "why": "Nothing is missing.", "measure": "all",
    "odds": {"value": 0.5, "low": 0.4, "high": 0.6}, "open_ratings": 1,
    "themes": [{"id": "calm", "category": "challenge", "name": "Calm", "strong": 1, "partial": 0, "settled_strong": 1,
                "settled_partial": 0, "told": None}],
    "steps": [{"name": "Themes", "done": True}],
    "stories": [{"id": "storm", "title": "Storm", "when": "2012", "competencies": ["leading-people"], "tellable": True,
                 "ratings": {"calm": 2}, "settled": ["calm"]}],
    "moves": [{"theme": "calm", "competency": "leading-people", "story": "", "before": 0.1, "after": 0.2}],
    "debriefs": [{"id": "a", "day": "2026-12-03", "kind": "mock", "outcome": "none", "heard": {"calm": "heard"},
                  "told": ["storm"]}],
}  # fmt: skip
MANIFEST = {
    "format": 1, "prepkit": "0.1", "program": "0a", "workbook": "0b", "settings": {"candidate": "Ada"},
    "inputs": {"stories.csv": "0c"}, "linked": ["brief.pdf"], "outputs": {"report.html": "0d"}, "error": "",
}  # fmt: skip
MADE = {"format": 1, "made": {"brief.pdf": "0" * 64}, "plan": {"themes": [{"id": "calm", "category": "fit"}]}}

SEEDS: Mapping[str, bytes] = {
    **GOOD,
    "standing.json": json.dumps(STANDING).encode(),
    "manifest.json": json.dumps(MANIFEST).encode(),
    "made.json": json.dumps(MADE).encode(),
}
"""A good file of each kind."""

READERS: Mapping[str, Callable[[Path], object]] = {
    "prepkit.yaml": _settings,
    "plan.yaml": load_plan,
    "debriefs.yaml": load_debriefs,
    **{name: read_stories for name in SEEDS if name.startswith("stories") and not name.endswith(".yml")},
    "questions.csv": load_questions,
    **dict.fromkeys(("posting.txt", "posting.html", "posting.json"), read_posting),
    "posting.docx": _document,
    "posting.pdf": _document,
    "coverage.csv": read_ratings,
    "prep.xlsx": read_ratings,
    "review.json": lambda path: read_review(path, ["calm"]),
    "standing.json": read_standing,
    "manifest.json": lambda path: Manifest.read(path.parent),
    "made.json": pack._read,
}
"""Who reads a file of that name."""


def read(name: str, data: bytes) -> None:
    """Read these bytes as a file of that name; a refusal is as good as a reading."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(data)
        with suppress(PrepkitError):
            READERS[name](path)


# --- broken files that are still much like good ones ---------------------------------------------------------------

TOKENS = [
    b"\0", b"\xff", b"\xc3", b"\xef\xbb\xbf", b"\xff\xfe", b'"', b'""', b"'", b",", b";", b"\t", b"\n", b"\r",
    b"\n\n", b": ", b"- ", b"? ", b"&a ", b"*a", b"!!x ", b"<<: ", b"[", b"]", b"{", b"}", b"|\n", b">", b"#",
    b"---\n", b"%", b"\\", b"\\ud800", b"\\u0000", b"1e999", b"9" * 400, b"-0", b"null", b"true", b"NaN", b"=1+1",
    b"<", b"<b>", b"</", b"/>", b"&amp;", b"&#0;", b"&#xD800;", b"&x;", b"<!--", b"]]>", b"<![CDATA[",
    b"<!DOCTYPE x []>", b"2026-02-30", b" " * 50, b"a" * 300,
    *(text.encode() for text in ("\u0130", "\u2028", "\u202e", "\ufdfa", "e\u0301", "\U0001f98a", "\u5de5")),
]  # fmt: skip
"""Bytes that mean something to some reader."""

VALUES: list[Any] = [
    None, True, False, 0, -1, 1, 2, 10**30, 0.5, 1e308, float("nan"), float("inf"), "", " ", "a", "a b", "\0", "\ud800",
    "\n", "x" * 6_000, "2026-02-30", "2026-12-03", "-", "<b>a</b>", "=1", [], {}, [[]], [None], [""], {"": ""},
    {"id": []}, {"format": 2},
]  # fmt: skip
"""What may stand in the place of any value."""


def mutated(name: str, data: bytes, chance: Random) -> bytes:
    """Return a file changed in a few places: where its form is known within it, otherwise anywhere."""
    with suppress(Exception):  # it is broken already
        if name.endswith((".xlsx", ".docx")) and chance.random() < 0.8:
            return _other_parts(data, chance)
        if name.endswith((".json", ".yaml")) and chance.random() < 0.6:
            return _other_values(data, chance)
        if name.endswith(".csv") and chance.random() < 0.4:
            return _other_cells(data, chance)
    return _other_bytes(data, chance)


def _other_bytes(data: bytes, chance: Random) -> bytes:
    made = bytearray(data)
    for _ in range(chance.randint(1, 4)):
        at = chance.randint(0, len(made))
        size = chance.choice((0, 0, 1, 2, 8, 40))
        piece = chance.choice((b"", chance.choice(TOKENS), made[at : at + size] * 2, chance.randbytes(2)))
        made[at : at + size] = piece
    return bytes(made)


def _other_parts(data: bytes, chance: Random) -> bytes:
    with zipfile.ZipFile(BytesIO(data)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    name = chance.choice(list(parts))
    parts[name] = _other_bytes(parts[name], chance)
    if chance.random() < 0.1:
        del parts[name]
    return zipped(parts)


def _other_values(data: bytes, chance: Random) -> bytes:
    root = [yaml.load(data, Loader=yaml.BaseLoader)]  # JSON is YAML too
    for _ in range(chance.randint(1, 3)):
        node: Any = root
        while True:
            keys = list(node) if isinstance(node, dict) else list(range(len(node)))
            key = chance.choice(keys)
            if isinstance(node[key], dict | list) and node[key] and chance.random() < 0.8:
                node = node[key]
                continue
            break
        if isinstance(node, dict) and chance.random() < 0.3:
            node[chance.choice(("", "id", "x", f"{key}s", str(key).upper()))] = node.pop(key)
        else:
            node[key] = chance.choice(VALUES)
    return json.dumps(root[0], ensure_ascii=chance.random() < 0.5).encode("utf-8", "surrogatepass")


def _other_cells(data: bytes, chance: Random) -> bytes:
    rows = [row.split(b",") for row in data.split(b"\n")]
    for _ in range(chance.randint(1, 3)):
        row = chance.choice(rows)
        row[chance.randrange(len(row))] = chance.choice((b"", *TOKENS, *row))
        if chance.random() < 0.3:
            rows.insert(chance.randrange(len(rows)), list(chance.choice(rows)))
    return b"\n".join(map(b",".join, rows))


# --- as a program --------------------------------------------------------------------------------------------------


def _fuzz(name: str) -> None:
    """Run one reader under atheris; the other arguments are those of libFuzzer."""

    def changed(data: bytes, longest: int, seed: int) -> bytes:
        if seed % 2:
            return bytes(atheris.Mutate(data, longest))
        return mutated(name, data, Random(seed))[:longest]

    del sys.argv[1]
    atheris.Setup(sys.argv, lambda data: read(name, data), custom_mutator=changed)
    atheris.Fuzz()


def _fuzz_all() -> int:
    """Run every reader for FUZZ_SECONDS, and return how many came upon a fault."""
    seconds, faulty = os.environ.get("FUZZ_SECONDS", "60"), []
    for name, seed in SEEDS.items():
        if name not in READERS:
            continue
        corpus, crashes = FOUND / name / "corpus", FOUND / name / "crashes"
        for folder in (corpus, crashes):
            folder.mkdir(parents=True, exist_ok=True)
        (corpus / "good").write_bytes(seed)
        words = [
            sys.executable, __file__, name, str(corpus), f"-artifact_prefix={crashes}/",
            f"-max_total_time={seconds}", "-timeout=20", "-rss_limit_mb=2000", "-max_len=50000",
            "-verbosity=0", "-print_final_stats=1",
        ]  # fmt: skip
        done = subprocess.run(
            words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", check=False
        )
        said = [line for line in done.stdout.splitlines() if not line.startswith(("INFO: ", "WARNING: "))]
        runs = next((line.split()[-1] for line in said if "number_of_executed_units" in line), "0")
        print(f"{name:16} {runs:>8} files, {len(list(corpus.iterdir())):5} kept", flush=True)
        if done.returncode:
            faulty.append(name)
            print("\n".join(said)[-4_000:], flush=True)
    print(f"Faults: {', '.join(faulty) or 'none'}. What was found is in {FOUND}.")
    return len(faulty)


if __name__ == "__main__":
    if ALONE:
        _fuzz(sys.argv[1])
    sys.exit(_fuzz_all())
