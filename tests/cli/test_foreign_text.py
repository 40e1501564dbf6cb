"""Whatever text an archive or a person gives, no sign of it moves a cursor, ends a line or hides anywhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from remediate.demo.faults import Faults
from remediate.demo.hospital import build_hospital
from tests.workplace import Ran, Workplace, free_port, load_epd, new_workplace

PLANTED = "\x1b[2J\x07\x9b\u202e\u200b\u2066\ufeff"
"""Clear the screen, ring, and write backwards, unseen."""
NUMBER = f"12{PLANTED}34\nSTUDIES: 0"
_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069]|(?<!^)\ufeff", re.DOTALL)
GHOST = "1.2.826.0.1.3680043.8.498.77"

COMMANDS: tuple[tuple[str, ...], ...] = (
    ("plan",),
    ("review", "list"),
    ("ledger", "list"),
    ("ledger", "show", GHOST),
    ("status",),
    ("doctor",),
    ("measure",),
    ("ledger", "list", "--study", f"1{PLANTED}"),
    ("epd", "show", NUMBER),
    ("execute", f"no{PLANTED}.json", "--now"),
    ("survey", "--from", PLANTED),
    ("release", GHOST, "--by", f"J.{PLANTED} Jansen", "--why", f"no{PLANTED}ted"),
)


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    """An archive with one study of which every text is planted, surveyed; and an approval by a planted name."""
    place = new_workplace(tmp_path_factory.mktemp("planted"), build_hospital(4), free_port())
    place.configure(archive={"headers": "none"})
    texts = {
        "SpecificCharacterSet": "ISO_IR 192",
        "StudyInstanceUID": GHOST,
        "StudyDate": "20100304",
        "PatientID": NUMBER,
        "IssuerOfPatientID": f"=ISS{PLANTED}",
        "PatientName": f"Jansen{PLANTED}^X",
        "InstitutionName": f"=Ziekenhuis{PLANTED}",
        "StationName": f"@CT{PLANTED}",
        "AccessionNumber": f"+A{PLANTED}",
    }
    with place.archive(Faults(find_besides=(tuple(texts.items()),))):
        place.must("survey")
    load_epd(place)
    made = place.must("plan").answer
    place.must("approve", made["path"], "--by", f" Jo\u0065\u0308l{PLANTED} Jansen\n")
    return place


def unsafe(text: str) -> list[str]:
    return [text[max(0, m.start() - 20) : m.end() + 20] for m in _UNSAFE.finditer(text)]


def assert_safe(ran: Ran) -> None:
    assert unsafe(ran.out) == []
    assert unsafe(ran.err) == []
    assert "STUDIES: 0" not in [line.strip() for line in (ran.out + ran.err).splitlines()]


@pytest.mark.parametrize(
    "command", COMMANDS, ids=lambda command: " ".join(command)[:20].encode("ascii", "ignore").decode()
)
def test_no_command_lets_a_planted_sign_through(planted: Workplace, command: tuple[str, ...]) -> None:
    for ran in (planted.run(*command), planted.json(*command), planted.run("--lang", "nl", *command)):
        assert_safe(ran)
        assert ran.out or ran.err


@pytest.mark.parametrize("form", ["csv", "jsonl", "nen7513", "dicom-audit"])
def test_no_export_of_the_ledger_holds_a_planted_sign(planted: Workplace, tmp_path: Path, form: str) -> None:
    planted.must("ledger", "export", str(tmp_path / "log"), "--format", form)
    assert unsafe((tmp_path / "log").read_text(encoding="utf-8")) == []


def test_no_file_of_plan_and_review_holds_a_planted_sign_or_a_formula(planted: Workplace, tmp_path: Path) -> None:
    review = tmp_path / "review.csv"
    planted.must("review", "export", str(review))
    files = [review, *(planted.folder / "plans").rglob("*.*"), *(planted.folder / "measurements").rglob("*.html")]
    for path in files:
        text = path.read_bytes().decode("utf-8").removeprefix("\ufeff").replace("\r\n", "\n")
        assert unsafe(text) == [], path.name
        if path.suffix == ".csv":
            assert not re.search(r'(?:^|;)"?[=+@]', text, re.MULTILINE), path.name
    assert any(path.suffix == ".html" for path in files)
    assert any("12\\x1b[2J" in path.read_text() for path in files), (
        "the number is shown, with what cannot be seen in it"
    )


def test_an_approval_is_kept_under_the_name_that_is_seen(planted: Workplace) -> None:
    with planted.session(exclusive=False) as work:
        ((name, *_),) = next(head for head in work.ledger.plans() if head.approvals).approvals
    assert name == "Jo\u00ebl[2J Jansen"


def test_nothing_prints_past_the_one_door() -> None:
    """A new print cannot forget what `cli/output.py` does."""
    package = Path(__file__).resolve().parent.parent.parent / "remediate"
    prints = re.compile(
        r"\bprint\(|click\.s?echo|sys\.std(?:out|err)\.write|tqdm\.write|Environment\(|click\.confirm|click\.prompt"
    )
    found = {
        str(path.relative_to(package))
        for path in package.rglob("*.py")
        if prints.search(path.read_text(encoding="utf-8")) and "demo" not in path.parts
    }
    fixed_questions = {"cli/ledger/patient.py", "cli/night/undoing.py", "cli/web.py"}
    made_of_our_own_words = {"cli/exit_codes.py"}  # prints a page of docs/
    assert found <= {"cli/output.py", "report/page_template.py"} | fixed_questions | made_of_our_own_words
