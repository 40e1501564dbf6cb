"""Writes a plan's files for people and machines: plan.json, plan.csv, review.csv, plan.html; decides nothing.

All are readable by the owner only. Cells that a spreadsheet would run as a formula are made harmless.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from itertools import islice
from pathlib import Path
from typing import IO, Protocol

from remediate.digests import digest_text
from remediate.files import private_folder, replacing
from remediate.plan.document import PlanDocument, head_json
from remediate.plan.lines import LineFrame, PlannedRow, blocks_of, template_of
from remediate.plan.reading import STUDIES_END, STUDIES_FOLLOW
from remediate.reasons.study import sentence
from remediate.records.states import WORDS, State
from remediate.report.plan_page import PlanPages
from remediate.report.plan_words import corrections_in
from remediate.report.review_files import YES_NO, heading
from remediate.texts.language import Language
from remediate.texts.printable import printable_cell, printable_json

_QUOTED = re.compile('[;"\\r\\n]')
_BUFFER = 1 << 20
_PAGE = 2_000

_COLUMNS = ("StudyInstanceUID", "PatientID", "IssuerOfPatientID", "EpdPatientID", "State", "Reasons", "Proofs",
            "Corrections", "Instances", "Sentence", "DecidedBy", "DecidedAccount", "DecidedAt", "Why",
            "Overrode", "Remembered", "SecondAccounts")  # fmt: skip

_DUTCH: Mapping[str, str] = {
    "State": "Status", "Reasons": "Redenen", "Proofs": "Bewijzen", "Corrections": "Correcties", "Sentence": "Uitleg",
    "DecidedBy": "BeslistDoor", "DecidedAccount": "BeslistAccount", "DecidedAt": "BeslistOp", "Why": "Waarom",
    "Overrode": "Weersproken", "Remembered": "Onthouden", "SecondAccounts": "TweedeAccounts",
}  # fmt: skip
"""Headings that the list of decisions does not have. Codes of reasons and proofs are the same in each language."""


class PlanFiles:
    """The files of one plan in `folder`, made when absent (mode 0700): told of each study once, then finished.

    Left without `finish`, the folder holds no plan, only parts of one.
    """

    def __init__(self, folder: Path, pages: PlanPages) -> None:
        self._folder = folder
        self._pages = pages
        self._digests: dict[str, str] = {}
        self._stack = ExitStack()

    def __enter__(self) -> PlanFiles:
        private_folder(self._folder)
        self._sheets = ExitStack()
        self._stack.push(self._sheets)
        planned = self._sheets.enter_context(_replaced(self._folder / "plan.csv", self._digests))
        review = self._sheets.enter_context(_replaced(self._folder / "review.csv", self._digests))
        self._planned, self._review = (Sheet(file, self._pages.language) for file in (planned, review))
        return self

    def __exit__(self, *fault: object) -> None:
        self._stack.__exit__(*fault)  # type: ignore[arg-type]

    def add(self, rows: Sequence[PlannedRow]) -> None:
        """The studies that follow."""
        self._planned.add([row for row in rows if row[0].frame.state is not State.REVIEW])
        self._review.add([row for row in rows if row[0].frame.state is State.REVIEW])

    def finish(self, document: PlanDocument) -> Mapping[str, str]:
        """Put all four files in their place; plan.json last, which is what is approved. Answers the SHA-256 (base32) of
        each by its name."""
        self._sheets.close()
        with _replaced(self._folder / "plan.html", self._digests) as file:
            file.write(self._pages.page(document).encode("utf-8", "replace"))
        with _replaced(self._folder / "plan.json", self._digests) as file:
            write_json(document, file)
        return dict(self._digests)


def write_plan_files(document: PlanDocument, folder: Path, pages: PlanPages) -> Mapping[str, str]:
    """Write the four files of a plan that is at hand as a whole; answers their digests."""
    with PlanFiles(folder, pages) as files:
        remaining = iter(document.items)
        while part := list(islice(remaining, _PAGE)):
            files.add([(template_of(item), item.study_instance_uid, item.instances) for item in part])
        return files.finish(document)


def write_json(document: PlanDocument, file: Writable) -> None:
    """The document's head, then a line for each study."""
    head = printable_json(head_json(document), indent=1)[: -len("\n}")]
    file.write(f"{head},\n{STUDIES_FOLLOW}".encode("utf-8", "replace"))
    between = b""
    for block in blocks_of(document.items):
        file.write(between)
        between = b",\n" if block.endswith(b"\n") else b""
        file.write(block.removesuffix(b"\n").replace(b"\n", b",\n"))
    file.write(b"\n" + STUDIES_END.encode())


class Sheet:
    """One CSV file of studies: semicolons and a byte order mark, as a Dutch Excel opens them."""

    def __init__(self, file: Writable, language: Language) -> None:
        self._file = file
        self._language = language
        self._shared: dict[LineFrame, tuple[str, str, str]] = {}
        names = [_heading(name, language) for name in _COLUMNS]
        file.write(("\ufeff" + ";".join(names) + "\r\n").encode())

    def add(self, rows: Sequence[PlannedRow]) -> None:
        """The studies that follow."""
        lines = []
        for (frame, epd_patient_id, _, patient_id), uid, instances in rows:
            shared = self._shared.get(frame)
            if shared is None:
                shared = self._shared[frame] = self._cells(frame)
            issuer, decided, why = shared
            number = "" if instances is None else instances
            ours, theirs = _cell(patient_id), _cell(epd_patient_id or "")
            lines.append(f"{_cell(uid)};{ours};{issuer};{theirs};{decided};{number};{why}\r\n")
        self._file.write("".join(lines).encode("utf-8", "replace"))

    def _cells(self, frame: LineFrame) -> tuple[str, str, str]:
        """What the lines of many studies share: the issuer; state, reasons, proofs and corrections; the sentence."""
        state, corrections = WORDS[frame.state].in_(self._language), corrections_in(self._language, frame.corrections)
        decided = (state, " ".join(frame.reasons), " ".join(frame.proofs), "; ".join(corrections))
        why = " ".join(sentence(reason, self._language) for reason in frame.reasons)
        person: tuple[str, ...] = ("",) * 7
        if (told := frame.decision) is not None:
            remembered = YES_NO[True].in_(self._language) if told.remembered else ""
            who = (told.person, told.account, told.at, told.why)
            person = (*who, " ".join(told.overrode), remembered, " ".join(told.seconded))
        return _cell(frame.issuer), ";".join(map(_cell, decided)), ";".join(map(_cell, (why, *person)))


def _heading(name: str, language: Language) -> str:
    return _DUTCH[name] if language is Language.NL and name in _DUTCH else heading(name, language)


def _cell(text: str) -> str:
    safe = printable_cell(text)
    if _QUOTED.search(safe) is None:
        return safe
    doubled = safe.replace('"', '""')
    return f'"{doubled}"'


class Writable(Protocol):
    """Where bytes go."""

    def write(self, data: bytes, /) -> object:
        """All of them."""


class _Hashed:
    """Writes to a file and keeps the digest of what was written, so that nothing is read back for it."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.hasher = hashlib.sha256()

    def write(self, data: bytes) -> None:
        self.hasher.update(data)
        self._file.write(data)


@contextmanager
def _replaced(path: Path, digests: dict[str, str]) -> Iterator[Writable]:
    """A file that takes the place of `path` as a whole, so that nobody reads half a plan; its digest under its name."""
    with replacing(path) as file:
        hashed = _Hashed(file)
        yield hashed
    digests[path.name] = digest_text(hashed.hasher)
