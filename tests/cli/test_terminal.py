"""What a person at a terminal of 80 columns sees, over a real pseudo-terminal; and that a pipe gets whole lines."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from collections.abc import Sequence
from pathlib import Path

import pytest

from remediate.cli.output import laid_out

COLUMNS = 80
SENTENCE = (
    "!!  the archive of the hospital answered something that is told here at such a length that it does not fit on "
    "one line; then run `remediate doctor --probe`"
)


class Terminal:
    """A stream that says that it is a terminal."""

    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> int:
        return len(text)


def shown(arguments: Sequence[str], folder: Path, **environment: str) -> str:
    """What a command writes on a terminal of 80 columns."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, COLUMNS, 0, 0))
    surroundings = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "NO_COLOR")}
    process = subprocess.Popen(
        [sys.executable, "-m", "remediate", *arguments],
        cwd=folder,
        env=surroundings | {"TERM": "xterm"} | environment,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    parts = []
    while part := _read(ours):
        parts.append(part)
    os.close(ours)
    process.wait()
    return b"".join(parts).decode().replace("\r\n", "\n")


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 1 << 16)
    except OSError:  # the other end is closed
        return b""


def test_on_a_terminal_lines_are_wrapped_at_words_with_a_little_colour(tmp_path: Path) -> None:
    told = shown(["init"], tmp_path)
    plain = re.sub(r"\x1b\[[0-9;]*m", "", told)
    assert told != plain
    assert max(len(line) for line in plain.splitlines() if " " in line) <= COLUMNS, "a path stays in one piece"
    assert "Back the keys up, apart from the ledger: without them no change can be undone\nand" in plain
    again = shown(["init"], tmp_path, NO_COLOR="1")
    assert "\x1b" not in again


@pytest.fixture
def eighty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(COLUMNS))
    monkeypatch.setenv("NO_COLOR", "1")


@pytest.mark.usefixtures("eighty")
def test_what_is_typed_is_never_broken_and_the_rest_hangs_under_its_mark() -> None:
    lines = laid_out(SENTENCE, Terminal()).splitlines()  # type: ignore[arg-type]
    assert len(lines) == 2
    assert lines[1].startswith("    l")
    assert any("`remediate doctor --probe`" in line for line in lines)
    assert " ".join(" ".join(lines).split()) == " ".join(SENTENCE.split())


@pytest.mark.usefixtures("eighty")
def test_the_last_column_of_a_table_goes_on_under_itself() -> None:
    row = "  1  claim-differs  " + "The study carries another BSN than the EPD has for this patient. " * 2
    lines = laid_out(row, Terminal(), column=20).splitlines()  # type: ignore[arg-type]
    assert all(len(line) <= COLUMNS for line in lines)
    assert [line[:20].strip() for line in lines[1:]] == [""] * (len(lines) - 1)


def test_a_pipe_gets_whole_lines_without_colour(tmp_path: Path) -> None:
    with (tmp_path / "piped").open("w") as pipe:
        assert laid_out(SENTENCE, pipe) == SENTENCE
