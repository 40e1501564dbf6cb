"""`review list|export|import` as a person and a spreadsheet use them."""

from __future__ import annotations

import csv
import io
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from leaks import Secrets, leaks_in, leaks_under
from review_lists import BY, WHY, bsn_of, exported, fill, read, study_of, uid_of, undecided_workplace
from workplace import Ran, Workplace

VARIANTS = ("birth-date-differs", "sex-absent", "surname-differs", "other-bsn", "bsn-on-two-patients", "no-patient-id")
DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n")


@pytest.fixture(scope="module")
def undecided(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    """Doubtful studies after their first plan; read only."""
    return undecided_workplace(tmp_path_factory.mktemp("queue"), VARIANTS)


@pytest.fixture
def place(undecided: Workplace, tmp_path: Path) -> Workplace:
    """A copy to work in."""
    return undecided.copy(tmp_path / "place")


def imported(place: Workplace, path: Path, code: int) -> Ran:
    return place.must("review", "import", str(path), "--by", BY, code=code)


def raw(path: Path) -> list[list[str]]:
    return list(csv.reader(io.StringIO(path.read_text("utf-8-sig"), newline=""), delimiter=";"))


def save(path: Path, rows: list[list[str]], *, encoding: str = "utf-8-sig", quoting: int = csv.QUOTE_MINIMAL) -> None:
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=";", lineterminator="\r\n", quoting=quoting).writerows(rows)  # type: ignore[arg-type]
    path.write_bytes(buffer.getvalue().encode(encoding))


def typed(path: Path, uid: str, decision: str, why: str) -> None:
    fill(path, lambda row: (decision, why) if row["StudyInstanceUID"] == uid else ("", ""))


def test_the_export_is_what_a_dutch_spreadsheet_opens_and_its_owners_only(place: Workplace) -> None:
    path = exported(place)
    data = path.read_bytes()
    assert data.startswith(b"\xef\xbb\xbfdecision;why;")
    assert data.count(b"\r\n") == data.count(b"\n") == len(raw(path))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    names, *rows = raw(path)
    assert {len(row) for row in rows} == {len(names)}
    for row in rows:
        cells = dict(zip(names, row, strict=True))
        assert cells["decision"] == cells["why"] == ""
        for name in ("StudyInstanceUID", "PatientID", "EpdPatientID"):
            assert not cells[name] or cells[name].startswith("'")


def test_for_and_against_stand_side_by_side_in_the_asked_language(place: Workplace) -> None:
    uid = uid_of(place, "birth-date-differs")
    (english,) = [row for row in read(exported(place)) if row["StudyInstanceUID"] == uid]
    assert "The EPD marks the BSN as verified." in english["For"]
    assert english["Against"] == "The birth date differs from the EPD."
    assert (english["Surname"], english["BirthDate"], english["Sex"]) == ("agrees", "differs in day only", "equal")
    assert english["BsnInEpd"].startswith("******")
    place.must("--lang", "nl", "review", "export", str(place.folder / "nl.csv"))
    (dutch,) = [row for row in read(place.folder / "nl.csv") if row["StudyInstanceUID"] == uid]
    assert dutch["Against"] == "De geboortedatum wijkt af van het EPD."
    assert (dutch["BirthDate"], dutch["MayConfirm"]) == ("alleen de dag wijkt af", "ja")
    assert dutch["Seen"] == english["Seen"]


def test_nothing_that_the_commands_write_or_print_names_a_patient(place: Workplace) -> None:
    secrets = Secrets.of(place.hospital)
    path = exported(place)
    births = {f"{p.birth_date:{form}}" for p in place.hospital.people for form in ("%Y%m%d", "%Y-%m-%d", "%d-%m-%Y")}
    texts = {"export": path.read_text("utf-8-sig")}
    typed(path, uid_of(place, "sex-absent"), "confirm", WHY)
    for command in (
        ("review", "list"), ("--json", "review", "list"), ("--lang", "nl", "review", "list"),
        ("review", "import", str(path), "--by", BY), ("ledger", "list"), ("--json", "ledger", "list"),
    ):  # fmt: skip
        ran = place.run(*command)
        assert ran.code == 0
        texts[" ".join(command[:3])] = ran.out + ran.err
    for name, text in texts.items():
        assert list(leaks_in(text.encode(), name, secrets)) == []
        assert not any(birth in text for birth in births), name
    assert list(leaks_under(place.folder, secrets, except_in=("archive", "epd"))) == []


def test_an_export_never_writes_over_decisions(place: Workplace) -> None:
    path = exported(place)
    typed(path, uid_of(place, "sex-absent"), "confirm", WHY)
    before = path.read_bytes()
    ran = place.json("review", "export", str(path))
    assert ran.code == 64
    assert "exists" in ran.one_line
    assert path.read_bytes() == before


def _as_text(path: Path) -> None:
    """Saved by a program that takes the apostrophes for marks of text."""
    save(path, [[cell.removeprefix("'") for cell in row] for row in raw(path)])


def _reordered(path: Path) -> None:
    """Columns moved and dropped, rows sorted, one left empty."""
    names, *rows = raw(path)
    keep = [names.index(name) for name in ("Seen", "why", "StudyInstanceUID", "EpdPatientID", "decision")]
    save(path, [[row[n] for n in keep] for row in (names, *sorted(rows, reverse=True))] + [[""] * 5])


SAVED: dict[str, Callable[[Path], None]] = {
    "untouched": lambda path: None,
    "every cell in quotes": lambda path: save(path, raw(path), quoting=csv.QUOTE_ALL),
    "Windows code page": lambda path: save(path, raw(path), encoding="cp1252"),
    "UTF-16": lambda path: save(path, raw(path), encoding="utf-16"),
    "without mark, lines by LF": lambda path: path.write_bytes(path.read_text("utf-8-sig").replace("\r", "").encode()),
    "without apostrophes": _as_text,
    "columns and rows moved": _reordered,
}


@pytest.mark.parametrize("how", SAVED)
def test_decisions_come_back_however_the_spreadsheet_saved_them(place: Workplace, how: str) -> None:
    uid, other = uid_of(place, "sex-absent"), uid_of(place, "surname-differs")
    why = 'patiënt; "seen" at the desk,\nand on paper'
    decisions = {uid: ("Confirm ", why), other: ("EXCLUDE", "not ours")}
    path = exported(place)
    fill(path, lambda row: decisions.get(row["StudyInstanceUID"], ("", "")))
    SAVED[how](path)
    answer = imported(place, path, 0).answer
    assert (answer["confirmed"], answer["excluded"], answer["rejected"], answer["by"]) == (1, 1, [], BY)
    with place.session(exclusive=False) as work:
        stored = work.ledger.reviews((uid, other))
    assert stored[uid].why == 'patiënt; "seen" at the desk, and on paper'
    assert stored[other].decision == "exclude"


def test_what_a_study_list_brings_is_never_run_as_a_formula(place: Workplace) -> None:
    evil = ['=HYPERLINK("http://x","y")', "+1+cmd|' /C calc'!A0", "-2+3", "@SUM(1)", '";=1+1;"', "'=1", "0012", "1-2"]
    lines = ["StudyInstanceUID;PatientID;IssuerOfPatientID;StudyDate;ModalitiesInStudy"]
    for number, text in enumerate(evil, start=1):
        quoted = '"' + text.replace('"', '""') + '"'
        lines.append(f"1.2.3.4.{number};" + ";".join([quoted] * 4))
    list_ = place.folder / "list.csv"
    list_.write_text("\n".join(lines) + "\n")
    place.must("survey", "import", str(list_), code=1)  # not one Study Date is a date
    place.must("plan")
    path = exported(place)
    names, *rows = raw(path)
    for row in rows:
        assert len(row) == len(names)
        assert not any(cell.startswith(DANGEROUS) for cell in row)
    found = {row["StudyInstanceUID"]: row["PatientID"] for row in read(path)}
    assert [found[f"1.2.3.4.{number}"] for number in range(1, len(evil) + 1)] == evil


@pytest.mark.parametrize(
    ("variant", "decision", "why", "reason"),
    [
        ("sex-absent", "maybe", WHY, "unknown-decision"),
        ("sex-absent", "confirm", "", "why-missing"),
        ("sex-absent", "confirm", "it is ******123", "why-holds-bsn"),
        ("sex-absent", "exclude", "nummer 9999 11 120", "why-holds-bsn"),
        ("no-patient-id", "confirm", WHY, "no-candidate"),
        ("other-bsn", "confirm", WHY, "not-negotiable"),
    ],
)
def test_a_line_that_cannot_be_taken_is_told_with_its_number_and_reason(
    place: Workplace, variant: str, decision: str, why: str, reason: str
) -> None:
    path = exported(place)
    uid = uid_of(place, variant)
    line = next(n for n, row in enumerate(read(path), start=2) if row["StudyInstanceUID"] == uid)
    typed(path, uid, decision, why)
    answer = imported(place, path, 1).answer
    assert (answer["confirmed"], answer["excluded"]) == (0, 0)
    assert [(one["line"], one["reason"]) for one in answer["rejected"]] == [(line, reason)]
    told = place.run("review", "import", str(path), "--by", BY)
    assert f"line {line}: {reason}." in told.out
    assert "9999 11 120" not in told.out + told.err
    with place.session(exclusive=False) as work:
        assert work.ledger.reviews((uid,)) == {}


def test_good_lines_are_taken_beside_bad_ones(place: Workplace) -> None:
    path = exported(place)
    study = study_of(place, "surname-differs")
    person = next(p for p in place.hospital.people if p.bsn == bsn_of(place.hospital, study))
    decisions = {
        uid_of(place, "sex-absent"): ("confirm", WHY),
        study.study_instance_uid: ("confirm", f"her name is {person.name.surname.upper()}"),
    }
    fill(path, lambda row: decisions.get(row["StudyInstanceUID"], ("", "")))
    answer = imported(place, path, 1).answer
    assert answer["confirmed"] == 1
    assert [one["reason"] for one in answer["rejected"]] == ["why-names-patient"]


def test_lines_that_were_altered_or_contradict_each_other_are_not_taken(place: Workplace) -> None:
    path = exported(place)
    two, one = uid_of(place, "bsn-on-two-patients"), uid_of(place, "sex-absent")
    names, *rows = raw(path)
    number, uid = names.index("EpdPatientID"), names.index("StudyInstanceUID")
    decisions = iter(("confirm", "exclude"))
    for row in rows:
        if row[uid] == f"'{two}":
            row[0], row[1] = next(decisions), WHY
        if row[uid] == f"'{one}":
            row[0], row[1], row[number] = "confirm", WHY, "'4711"
    unknown = ["" for _ in names]
    unknown[0], unknown[1], unknown[uid], unknown[names.index("Seen")] = "exclude", WHY, "1.2.3.999", "a"
    missing = [*unknown]
    missing[uid] = ""
    save(path, [names, *rows, unknown, missing])
    answer = imported(place, path, 1).answer
    assert (answer["confirmed"], answer["excluded"]) == (0, 0)
    reasons = sorted(one["reason"] for one in answer["rejected"])
    assert reasons == [
        "candidate-altered", "contradicting-lines", "contradicting-lines", "line-incomplete", "unknown-study",
    ]  # fmt: skip


def test_files_that_are_no_review_list_and_names_that_are_numbers_are_refused(place: Workplace, tmp_path: Path) -> None:
    plan_csv = place.folder / "plans" / "plan-0001" / "review.csv"
    binary = tmp_path / "binary.csv"
    binary.write_bytes(bytes(range(256)) * 4)
    for path in (plan_csv, binary, tmp_path / "nowhere.csv"):
        ran = place.json("review", "import", str(path), "--by", BY)
        assert ran.code == 64, path.name
        assert path.name in ran.one_line
    path = exported(place)
    assert place.json("review", "import", str(path)).code == 64
    for person in (" ", "999911120"):
        ran = place.json("review", "import", str(path), "--by", person)
        assert ran.code == 64
        assert "999911120" not in ran.err


def test_list_answers_json_and_help_says_how(place: Workplace) -> None:
    answer = place.must("review", "list").answer
    assert set(answer) == {"studies", "rows"}
    assert answer["studies"] == len(VARIANTS)
    assert set(answer["rows"][0]) >= {"study_instance_uid", "for", "against", "likeness", "may_confirm", "seen"}
    assert f"{len(VARIANTS)} studies wait for a person." in place.run("review", "list", "--limit", "1").out
    for words in (("review",), ("review", "list"), ("review", "export"), ("review", "import")):
        ran = place.run(*words, "--help")
        assert ran.code == 0
    assert "confirm or exclude" in place.run("review", "--help").out
