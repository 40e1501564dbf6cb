"""`review list|export|import` as a person and a spreadsheet use them."""

from __future__ import annotations

import csv
import io
import re
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from remediate.texts.printable import printable_cell
from tests.leaks import Secrets, leaks_in, leaks_under
from tests.review_lists import BY, WHY, bsn_of, decide, exported, fill, read, study_of, uid_of, undecided_workplace
from tests.workplace import Ran, Workplace

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
        assert not any(cell.startswith(("'", "=", '"')) for cell in cells.values())
        assert cells["StudyInstanceUID"].startswith("1.2.")
        assert cells["PatientID"].isalnum() or not cells["PatientID"]


def test_for_and_against_stand_side_by_side_in_the_asked_language(place: Workplace) -> None:
    uid = uid_of(place, "birth-date-differs")
    (english,) = [row for row in read(exported(place)) if row["StudyInstanceUID"] == uid]
    assert "The EPD marks the BSN as verified." in english["For"]
    assert english["Against"] == "The birth date differs from the EPD."
    assert (english["SurnameCompared"], english["BirthDateCompared"], english["SexCompared"]) == (
        "agrees",
        "differs in day only",
        "equal",
    )
    assert english["BsnInEpd"].startswith("******")
    place.must("--lang", "nl", "review", "export", str(place.folder / "nl.csv"))
    (dutch,) = [row for row in read(place.folder / "nl.csv") if row["StudyInstanceUID"] == uid]
    assert dutch["Tegen"] == "De geboortedatum wijkt af van het EPD."
    assert (dutch["GeboortedatumVergeleken"], dutch["MagBevestigdWorden"]) == ("alleen de dag wijkt af", "ja")
    assert dutch["Gezien"] == english["Seen"]
    held = {row["BsnInOnderzoek"] for row in read(place.folder / "nl.csv")} - {""}
    assert held
    assert all(re.fullmatch(r"(\*{6}\d{3}|geen geldig nummer) [a-z]+ .+", one) for one in held), "words, no codes"


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
    """Numbers marked as text, as older lists had them and people type them."""
    names, *rows = raw(path)
    at = [names.index(name) for name in ("StudyInstanceUID", "EpdPatientID")]
    save(path, [names, *([f"'{cell}" if n in at else cell for n, cell in enumerate(row)] for row in rows)])


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
    "numbers marked as text": _as_text,
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
    found = {row[names.index("StudyInstanceUID")]: row[names.index("PatientID")] for row in rows}
    assert [found[f"1.2.3.4.{number}"] for number in range(1, len(evil) + 1)] == [printable_cell(text) for text in evil]
    assert found["1.2.3.4.7"] == "0012"  # as it is: only what would run gets an apostrophe


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
    assert f"Next: mend those lines and import {path} again" in told.out
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
        if row[uid] == two:
            row[0], row[1] = next(decisions), WHY
        if row[uid] == one:
            row[0], row[1], row[number] = "confirm", WHY, "4711"
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
    assert "confirm, exclude or split" in place.run("review", "--help").out


# Both sides


def test_the_list_says_what_kind_of_difference_there_is_and_no_value(place: Workplace) -> None:
    rows = {row["StudyInstanceUID"]: row for row in read(exported(place))}
    row = rows[uid_of(place, "surname-differs")]
    assert row["Group"] == "surname-differs+given-name-differs:differs+initials-differ"
    assert (row["SurnameCompared"], row["GivenNameCompared"]) == ("is another", "the initials differ")
    assert "NameInStudy" not in row


def test_revealed_both_sides_stand_beside_each_other_for_a_reason_that_is_recorded(place: Workplace) -> None:
    path = place.folder / "revealed.csv"
    refused = place.json("review", "export", str(path), "--reveal", "--by", BY)
    assert refused.code == 64
    assert not path.exists()
    group = read(exported(place, "masked.csv"))
    (name,) = {row["Group"] for row in group if row["StudyInstanceUID"] == uid_of(place, "birth-date-differs")}
    place.must("review", "export", str(path), "--reveal", "--why", "judged at the desk", "--by", BY, "--group", name)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    (row,) = read(path)
    study = study_of(place, "birth-date-differs")
    person = next(one for one in place.hospital.people if one.bsn == bsn_of(place.hospital, study))
    born, held = row["BirthDateInStudy"].split("-"), row["BirthDateInEpd"].split("-")
    assert [part for part in born if part.startswith("[")] == born[2:]
    assert not [one for one in group if one["MayConfirm"] == "no" and not one["WhyNot"]], "each no has its why"
    assert "".join(held).replace("[", "").replace("]", "") == f"{person.birth_date:%Y%m%d}"
    assert person.name.surname in row["NameInEpd"]
    assert "[" not in row["SexInStudy"] + row["SexInEpd"]
    assert person.bsn not in path.read_text("utf-8-sig")
    assert place.json("review", "export", str(path), "--reveal", "--why", "again", "--by", BY).code == 64  # it exists
    with place.session(exclusive=False) as work:
        events = [entry.event for entry in work.ledger.events(study=study.study_instance_uid)]
    (event,) = (event for event in events if event.reason == "revealed")
    assert (event.actor, event.details["why"]) == (BY, "judged at the desk")


def test_a_dutch_list_has_dutch_headings_and_takes_dutch_decisions(place: Workplace) -> None:
    path = place.folder / "nl.csv"
    place.must("--lang", "nl", "review", "export", str(path))
    names, *rows = raw(path)
    assert names[:3] == ["beslissing", "reden", "Groep"]
    assert not {"SurnameCompared", "BirthDateCompared", "Against", "Likeness", "Seen"} & set(names)
    uid = names.index("StudyInstanceUID")
    for row in rows:
        if row[uid] == uid_of(place, "sex-absent"):
            row[:2] = ["Bevestigen", WHY]
        elif row[uid] == uid_of(place, "surname-differs"):
            row[:2] = ["uitsluiten", WHY]
            row[-1] = f"'{row[-1]}"  # as a spreadsheet marks a text
    save(path, [names, *rows])
    answer = imported(place, path, 0).answer
    assert (answer["confirmed"], answer["excluded"]) == (1, 1)
    save(path, [[*names, "Seen"], *([*row, "x"] for row in rows)])
    assert place.json("review", "import", str(path), "--by", BY).code == 64  # one column under two names


@pytest.mark.parametrize("spoiled", ["1,23E+08", "{}.0"])
def test_a_number_that_a_spreadsheet_rewrote_is_told_and_never_guessed(place: Workplace, spoiled: str) -> None:
    path = exported(place)
    names, *rows = raw(path)
    at, uid = names.index("EpdPatientID"), names.index("StudyInstanceUID")
    for row in rows:
        if row[uid] == uid_of(place, "sex-absent"):
            row[0], row[1], row[at] = "confirm", WHY, spoiled.format(row[at])
    save(path, [names, *rows])
    answer = imported(place, path, 1).answer
    assert [one["reason"] for one in answer["rejected"]] == ["number-rewritten"]
    assert answer["confirmed"] == 0
    assert "voorloopnullen" in place.run("--lang", "nl", "review", "import", str(path), "--by", BY).out


# One decision for a group


def group_of(place: Workplace, variant: str) -> str:
    rows = place.must("review", "list").answer["rows"]
    return next(row["group"] for row in rows if row["study_instance_uid"] == uid_of(place, variant))


def test_a_group_is_shown_before_it_is_decided_about(place: Workplace) -> None:
    name = group_of(place, "sex-absent")
    found = {one["group"]: one for one in place.must("review", "groups").answer["groups"]}
    assert sum(one["studies"] for one in found.values()) == len(VARIANTS)
    assert found[name] == {"group": name, "studies": 1, "patients": 1, "may_confirm": 1}
    shown = place.must("review", "decide", name, "confirm").answer
    assert (shown["decided"], shown["studies"], shown["patients"], shown["refused"]) == (False, 1, 1, {})
    assert [one["study_instance_uid"] for one in shown["examples"]] == [uid_of(place, "sex-absent")]
    told = place.run("review", "decide", name, "confirm")
    assert "This would confirm 1 study of 1 patient. Nothing was decided yet." in told.out
    assert f"--seen {shown['seen']}" in told.out
    assert place.must("review", "decide", name, "bevestigen").answer == shown  # as the list takes it
    with place.session(exclusive=False) as work:
        assert work.ledger.reviews((uid_of(place, "sex-absent"),)) == {}
    decided = place.must("review", "decide", name, "confirm", "--seen", shown["seen"], "--why", WHY, "--by", BY).answer
    assert (decided["decided"], decided["confirmed"], decided["rejected"]) == (True, 1, [])
    assert place.json("review", "decide", name, "confirm").code == 64  # nobody is left in it


def test_what_was_not_shown_is_not_decided_about(place: Workplace) -> None:
    name = group_of(place, "sex-absent")
    shown = place.must("review", "decide", name, "confirm").answer["seen"]
    for words in (("confirm", "--seen", "x"), ("exclude", "--seen", shown), ("confirm", "--seen", shown)):
        why = () if words == ("confirm", "--seen", shown) else ("--why", WHY)
        assert place.json("review", "decide", name, *words, "--by", BY, *why).code == 64, words
    with place.session(exclusive=False) as work:
        assert work.ledger.reviews((uid_of(place, "sex-absent"),)) == {}


@pytest.mark.parametrize(
    ("variant", "reason"),
    [("no-patient-id", "no-candidate"), ("other-bsn", "claim-differs"), ("bsn-on-two-patients", "bsn-on-two-patients")],
)
def test_a_group_leaves_out_what_nobody_may_confirm_and_says_why(place: Workplace, variant: str, reason: str) -> None:
    name = group_of(place, variant)
    shown = place.must("review", "decide", name, "confirm").answer
    assert (shown["studies"], shown["refused"]) == (0, {reason: 1})
    told = place.run("--lang", "nl", "review", "decide", name, "confirm").out
    assert "Niet mee: 1 onderzoek." in told
    assert f"Nu: remediate review decide '{name}' uitsluiten" in told
    excluded = place.must("review", "decide", name, "exclude").answer
    assert (excluded["studies"], excluded["refused"]) == (1, {})


def test_a_decision_is_taken_back_and_second_looks_are_told_in_both_languages(place: Workplace) -> None:
    uid, other = uid_of(place, "sex-absent"), uid_of(place, "surname-differs")
    decide(place, {uid: "confirm", other: "split"})
    assert place.must("review", "undo", uid, "--by", BY).answer == {"study": uid, "by": BY}
    assert place.json("review", "undo", uid, "--by", BY).code == 64
    with place.session(exclusive=False) as work:
        assert set(work.ledger.reviews((uid, other))) == {other}
    answer = place.must("review", "looks").answer
    assert answer == {
        "second_look_share": 0, "waiting_second": 0, "waiting_third": 0, "pairs": 0, "agreed": 0, "kappa": None,
        "remembered": 0,
    }  # fmt: skip
    assert "Nobody looked a second time yet." in place.run("review", "looks").out
    assert "Wachten op een tweede persoon: 0 onderzoeken" in place.run("--lang", "nl", "review", "looks").out


def test_what_is_drawn_counts_once_a_second_person_decided_as_well(place: Workplace) -> None:
    place.configure(review={"second_look_share": 1})
    uid = uid_of(place, "sex-absent")
    ran = decide(place, {uid: "confirm"})
    assert (ran.answer["confirmed"], ran.answer["waiting"]) == (0, 1)
    assert place.must("review", "looks").answer["waiting_second"] == 1
    with place.acting_as("second"):
        path = exported(place, "second.csv")
        fill(path, lambda row: ("confirm", WHY) if row["StudyInstanceUID"] == uid else ("", ""))
        answer = place.must("review", "import", str(path), "--by", "B. Second").answer
    assert (answer["confirmed"], answer["waiting"]) == (1, 0)
    assert "Cohen's kappa: none" in place.run("review", "looks").out
