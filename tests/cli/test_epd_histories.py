"""What an EPD tells over the years, and whether a BSN may then be written: `epd load`, `survey import`, `plan`.

Each history has numbers and BSNs of its own, so one registry holds them all. A is Jan Visser, B is somebody else with
his birth date and sex; the study lies under the number that the history names.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from remediate.config.yaml_text import read_yaml
from remediate.demo.epd_files import CSV_COLUMNS
from remediate.identity.bsn import problem_of
from tests.workplace import run

JAN, JOOP, BIRTH = "Visser^Jan", "Visser^Joop", "19700215"
T = [f"2024{month:02}01120000" for month in range(1, 10)]
ROW = "row:"  # a record that stands in a CSV instead


def pid3(value: str, kind: str = "PI", authority: str = "HOSPITAL", dates: str = "") -> str:
    """A repetition of PID-3."""
    return f"{value}^^^{authority}^{kind}{'^^' + dates if dates else ''}"


def bsn(value: str, dates: str = "") -> str:
    """A BSN as one of them."""
    return pid3(value, "NNNLD", "NLMINBIZA", dates)


def adt(at: str, *ids: str, name: str = JAN, birth: str = BIRTH, sex: str = "M", event: str = "A08") -> str:
    """A message about one patient."""
    return _message(at, event, f"PID|1||{'~'.join(ids)}||{name}||{birth}|{sex}")


def beside(value: str, field: int) -> str:
    """A08 of Jan with his BSN, and something in another field of PID."""
    cells = ["PID", "1", "", "~".join((A, X)), "", JAN, "", BIRTH, "M", *[""] * 11]
    cells[field] = value
    return _message(T[0], "A08", "|".join(cells))


def merge(at: str, survivor: str, prior: str) -> str:
    """An A40."""
    return _message(at, "A40", f"PID|1||{pid3(survivor)}", f"MRG|{pid3(prior)}")


def changed(at: str, number: str, prior: str, *, name: str = JAN, birth: str = BIRTH, event: str = "A47") -> str:
    """Another number for a patient, of whom PID tells the rest too, or a merge."""
    return _message(at, event, f"PID|1||{pid3(number)}||{name}||{birth}|M", f"MRG|{pid3(prior)}")


def part(at: str, one: str, other: str) -> str:
    """An A37."""
    return _message(at, "A37", f"PID|1||{pid3(one)}", f"PID|2||{pid3(other)}")


def _message(at: str, event: str, *segments: str) -> str:
    header = (f"MSH|^~\\&|EPD|H|||{at}||ADT^{event}|1|P|2.5||||||8859/1", f"EVN|{event}|{at}")
    return "".join(f"{segment}\r" for segment in (*header, *segments))


class History(NamedTuple):
    """What is told; {a} and {b} are numbers, {x} and {y} BSNs of this history."""

    what: str
    state: str  # that the study gets
    told: tuple[str, ...]
    name: str = "VISSER^J"  # of the study
    birth: str = BIRTH
    sex: str = "M"
    number: str = "{a}"
    claim: str = ""


def review(what: str, *told: str, **study: str) -> History:
    """A history after which the BSN counts for nobody."""
    return History(what, "review", told, **study)


def planned(what: str, *told: str, **study: str) -> History:
    """A history after which the BSN is still that of whom the study is."""
    return History(what, "planned", told, **study)


A, B, X, Y = pid3("{a}"), pid3("{b}"), bsn("{x}"), bsn("{y}")
THIRD = pid3("{b}", "", "INSURER")
PERSON_NUMBER = pid3("{b}", "PN", "INSURER")
OLD_B = pid3("{b}", dates="19990101^20100101")
FAMILY = (adt(T[0], B, name=JOOP), adt(T[1], A, B, X))
EMPTY_BSN = bsn("")

HISTORIES = (
    planned("told once", adt(T[0], A, X)),
    planned("X, Y, X", adt(T[0], A, X), adt(T[1], A, Y), adt(T[2], A, X)),
    # numbers beside each other
    review("lists B's number once, then without it", *FAMILY, adt(T[2], A, X), adt(T[3], B, name=JOOP), number="{b}"),
    review("B's number apart again by B's own message", *FAMILY, adt(T[2], B, name=JOOP), number="{b}"),
    review("B's number apart again, A is in doubt too", *FAMILY, adt(T[2], B, name=JOOP)),
    planned("B's number apart again, A's BSN told again", *FAMILY, adt(T[2], B, name=JOOP), adt(T[3], A, X),
            name="VISSER^JAN"),
    review("parted by A37", *FAMILY, part(T[2], "{a}", "{b}"), number="{b}"),
    review("parted by A37, A is in doubt too", *FAMILY, part(T[2], "{a}", "{b}")),
    planned("parted by A37, A's BSN told again", *FAMILY, part(T[2], "{a}", "{b}"), adt(T[3], A, X),
            name="VISSER^JAN"),
    review("joined and apart in one moment", adt(T[0], B, name=JOOP), adt(T[1], A, B, X), adt(T[1], B, name=JOOP)),
    planned("two numbers of one person", adt(T[0], A, B, X), adt(T[1], A, B), number="{b}"),
    review("an untyped number of a third authority", adt(T[0], B, name=JOOP),
           adt(T[1], A, THIRD, X), adt(T[2], pid3("{c}"), THIRD, name=JOOP), number="{c}"),
    review("a PN of a third authority", adt(T[1], A, PERSON_NUMBER, X),
           adt(T[2], pid3("{c}"), PERSON_NUMBER, name=JOOP), number="{c}"),
    planned("a number that two people share leaves each his own", adt(T[1], A, THIRD, X, name="Mulder^Karel"),
            adt(T[2], pid3("{c}"), THIRD, Y, name="Bakker^Piet"), name="MULDER^KAREL"),
    review("A's expired number, given to B since", adt(T[0], A, OLD_B, X), adt(T[1], A, OLD_B, X),
           number="{b}"),
    # the person to whom a BSN was told
    review("told without birth date, then another birth date and name", adt(T[0], A, X, birth=""),
           adt(T[1], A, name="Smit^Piet", birth="19990101"), name="SMIT^PIET", birth="19990101"),
    review("told without birth date and name", adt(T[0], A, X, birth="", name=""), adt(T[1], A),
           adt(T[2], A, name=JOOP), name="VISSER^JOOP"),
    review("told without birth date, which follows", adt(T[0], A, X, birth=""), adt(T[1], A)),
    planned("told without birth date, which was known", adt(T[0], A), adt(T[1], A, X, birth="")),
    planned("told without birth date, which was known and is told again", adt(T[0], A), adt(T[1], A, X, birth=""),
            adt(T[2], A)),
    review("told without birth date after a deletion of whom comes back", adt(T[0], A), adt(T[1], A, event="A29"),
           adt(T[2], A, X, birth="", name=""), adt(T[3], A)),
    review("told without birth date after a deletion of whom comes back in full", adt(T[0], A),
           adt(T[1], A, event="A29"), adt(T[2], A, X, birth="", name=""), adt(T[3], A, name="Visser^Jan Willem")),
    review("told without birth date after another, to whom it may belong", adt(T[0], A), adt(T[1], A, name=JOOP),
           adt(T[2], A, X, birth="", name=""), adt(T[3], A)),
    review("told without birth date to a number known as somebody else", adt(T[0], A, name="Smit^Piet",
           birth="19990101"), adt(T[1], A, X, name="", birth=""), adt(T[2], A)),
    review("Jan becomes Joop", adt(T[0], A, X), adt(T[1], A, name=JOOP)),
    review("Jan becomes Joop and Jan again", adt(T[0], A, X), adt(T[1], A, name=JOOP), adt(T[2], A)),
    planned("Jan becomes Joop, BSN told again", adt(T[0], A, X), adt(T[1], A, X, name=JOOP), name="VISSER^JOOP"),
    review("Jan becomes J, then Joop", adt(T[0], A, X), adt(T[1], A, name="Visser^J"), adt(T[2], A, name=JOOP)),
    review("a J becomes Jan, then Joop", adt(T[0], A, X, name="Visser^J"), adt(T[1], A), adt(T[2], A, name=JOOP)),
    review("Tim becomes Tom", adt(T[0], A, X, name="Kok^Tim"), adt(T[1], A, name="Kok^Tom"), name="KOK^T"),
    review("another family name", adt(T[0], A, X), adt(T[1], A, name="Mulder^Jan"), name="MULDER^JAN"),
    review("his twin sister, of whom the initial is known", adt(T[0], A, X, name="Visser^J"),
           adt(T[1], A, name="Visser^J", sex="F"), sex="F"),
    planned("name written in full", adt(T[0], A, X, name="Visser^J"), adt(T[1], A, name="Visser^Jan Willem")),
    planned("spelling of the family name", adt(T[0], A, X, name="Visscher^Jan"), adt(T[1], A)),
    planned("spelling of the given name", adt(T[0], A, X, name="Visser^Stephan"), adt(T[1], A, name="Visser^Stefan"),
            name="VISSER^S"),
    planned("marriage", adt(T[0], A, X, name="Jansen^Anna", sex="F"),
            adt(T[1], A, name="Smit-Jansen&&Jansen&&Smit^Anna", sex="F"), name="JANSEN^ANNA", sex="F"),
    planned("prefix in another field", adt(T[0], A, X, name="van der Linden^Jan"),
            adt(T[1], A, name="van der Linden&van der&Linden^Jan"), name="LINDEN^JAN"),
    review("a birth date corrected, BSN not told again", adt(T[0], A, X, birth="19700225"),
           adt(T[1], A)),
    planned("a birth date corrected, BSN told again", adt(T[0], A, X, birth="19700225"), adt(T[1], A, X)),
    review("A31 with a slip in the birth date", adt(T[0], A), adt(T[1], A, X, birth="19700216", event="A31"),
           adt(T[2], A)),
    review("A28 gives the number to somebody else", adt(T[0], A, X), adt(T[1], A, name="Smit^Piet", birth="19990101",
           event="A28"), name="SMIT^PIET", birth="19990101"),
    review("A29 and given to somebody else of that day", adt(T[0], A, X), adt(T[1], A, event="A29"),
           adt(T[2], A, name=JOOP, event="A28"), name="VISSER^JOOP"),
    # merges
    planned("A47, another number", adt(T[0], B, X), changed(T[1], "{a}", "{b}")),
    planned("A47, the old number", adt(T[0], B, X), changed(T[1], "{a}", "{b}"), number="{b}"),
    review("A47 of another person", adt(T[0], B, X), changed(T[1], "{a}", "{b}", name=JOOP)),
    planned("A47, then the new number by itself", adt(T[0], B, X), changed(T[1], "{a}", "{b}"), adt(T[2], A)),
    review("A47 of another birth date", adt(T[0], B, X), changed(T[1], "{a}", "{b}", birth="19010203")),
    review("A47 names of whom a BSN is that was told of nobody", adt(T[0], B, X, name="", birth=""),
           changed(T[1], "{a}", "{b}")),
    review("A47, then the number is another person's", adt(T[0], B, X), changed(T[1], "{a}", "{b}"),
           adt(T[2], A, name=JOOP), name="VISSER^JOOP"),
    review("A40 into a number of somebody else", adt(T[0], B, X), changed(T[1], "{a}", "{b}", name=JOOP, event="A40"),
           name="VISSER^JOOP"),
    planned("A40, the old number leads to the survivor", adt(T[0], A, X), adt(T[1], B), merge(T[2], "{a}", "{b}"),
            number="{b}"),
    review("A40, then A08 of the old number for another", adt(T[0], A, X), adt(T[1], B, name=JOOP),
           merge(T[2], "{a}", "{b}"), adt(T[3], B, name=JOOP), number="{b}"),
    review("merged two ways in one moment", adt(T[0], A, X), adt(T[0], B), adt(T[0], pid3("{c}"), Y, name=JOOP),
           merge(T[1], "{a}", "{b}"), merge(T[1], "{c}", "{b}"), number="{b}"),
    review("merged the other way, then apart by A37", adt(T[0], A, X), adt(T[0], B, name=JOOP),
           merge(T[1], "{a}", "{b}"), part(T[2], "{a}", "{b}"), number="{b}"),
    # the BSN itself
    review("BSN expired", adt(T[0], A, bsn("{x}", "19990101^20100101"))),
    review("BSN not yet in use", adt(T[0], A, bsn("{x}", "20990101"))),
    review("BSN with a date that cannot be read", adt(T[0], A, bsn("{x}", "^soon"))),
    planned("BSN in use", adt(T[0], A, bsn("{x}", "19990101^20990101"))),
    planned("one BSN expired, the other in use", adt(T[0], A, bsn("{y}", "19990101^20100101"), X)),
    review("BSN withdrawn by an expired one", adt(T[0], A, X), adt(T[1], A, bsn("{x}", "^20100101"))),
    review("two BSNs in one message", adt(T[0], A, X, Y)),
    review("another BSN as social security number", beside("{y}", 19)),
    review("another BSN in the old field of numbers", beside("{y}^^^NLMINBIZA^NNNLD", 2)),
    review("another BSN in the field of other numbers", beside("{y}^^^NLMINBIZA^NNNLD", 4)),
    planned("the same BSN as social security number", beside("{x}", 19)),
    planned("a number of the hospital in the old field", beside("{y}^^^HOSPITAL^PI", 2)),
    review("two BSNs in one moment", adt(T[0], A, X), adt(T[0], A, Y)),
    review("withdrawn in the same moment", adt(T[0], A, X), adt(T[0], A, EMPTY_BSN)),
    review("withdrawn", adt(T[0], A, X), adt(T[1], A, bsn('""'))),
    review("moved from A to B by two A08, B first", adt(T[0], A, X), adt(T[1], B, X, name=JOOP),
           adt(T[2], A, EMPTY_BSN)),
    planned("moved from A to B by two A08, A first", adt(T[0], A, X), adt(T[1], A, EMPTY_BSN),
            adt(T[2], B, X, name="Bos^Karel"), number="{b}", name="BOS^KAREL"),
    review("held by A and B", adt(T[0], A, X), adt(T[1], B, X, name=JOOP)),
    # rows and messages
    planned("today's row outweighs a message of then", f"{ROW}{{a}};{{x}};{BIRTH}", adt("20100101120000", A, Y)),
    review("nobody gets the BSN of then", f"{ROW}{{a}};{{x}};{BIRTH}", adt("20100101120000", A, Y), claim="{y}"),
    # what is known under other codes
    planned("identifier type EPI", adt(T[0], pid3("{a}", "EPI"), X)),
    planned("identifier type MRN", adt(T[0], pid3("{a}", "MRN"), X)),
    planned("identifier type PID", adt(T[0], pid3("{a}", "PID"), X)),
    planned("nlminbiza", adt(T[0], A, X.replace("NLMINBIZA", "nlminbiza"))),
    planned("an OID as URN", adt(T[0], A, X.replace("NLMINBIZA", "urn:oid:2.16.840.1.113883.2.4.6.3"))),
    planned("NNNLD without authority", adt(T[0], A, X.replace("NLMINBIZA", ""))),
    review("a passport", adt(T[0], A, pid3("{x}", "PPN", "NLMINBIZA"))),
    planned("birth name beside the legal one", adt(T[0], A, X, name="Smit^Anna^^^^^L~Jansen^Anna^^^^^B", sex="F"),
            name="SMIT^ANNA", sex="F"),
    planned("ben Ali", adt(T[0], A, X, name="ben Ali&ben&Ali^Omar"), name="BEN ALI^OMAR"),
    planned("type U", adt(T[0], A, X, name="Visser^Jan^^^^^U")),
    planned("type CURRENT", adt(T[0], A, X, name="Visser^Jan^^^^^CURRENT")),
    planned("an unknown type wipes no name", adt(T[0], A, X), adt(T[1], A, name="Roep^Jantje^^^^^ZZ")),
    planned("sex as V", adt(T[0], A, X, sex="V", name="Jansen^Anna"), sex="F", name="JANSEN^ANNA"),
    planned("sex as 2", adt(T[0], A, X, sex="2", name="Jansen^Anna"), sex="F", name="JANSEN^ANNA"),
)  # fmt: skip


def _bsns() -> Iterator[str]:
    return (text for text in (f"9999{n:05}" for n in range(100_000)) if problem_of(text) is None)


def _filled(text: str, at: int, bsns: list[str]) -> str:
    """Everybody of a history has its own day of birth, so that no other history knows a namesake."""
    numbers = {sign: f"{sign.upper()}{at:04}7" for sign in "abc"}
    day = date(1950, 3, 1) + timedelta(days=at)
    return text.format(**numbers, x=bsns[0], y=bsns[1]).replace(BIRTH, f"{day:%Y%m%d}")


@pytest.fixture(scope="module")
def states(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[str, list[str]]]:
    """What the plan says of the study of each history."""
    folder = tmp_path_factory.mktemp("histories")
    assert run("init", "--dir", str(folder)).code == 0
    config = folder / "config.yaml"
    raw = read_yaml(config.read_text())
    raw["epd"] |= {"default_issuer": "HOSPITAL", "csv": {"columns": dict(CSV_COLUMNS)}}
    config.write_text(yaml.safe_dump(raw))
    supply, messages, rows, studies = _bsns(), [], [], []
    header = "StudyInstanceUID,PatientID,IssuerOfPatientID,OtherPatientIDs,PatientName,PatientBirthDate,PatientSex"
    studies.append(f"{header},StudyDate,NumberOfStudyRelatedInstances")
    for at, history in enumerate(HISTORIES):
        bsns = [next(supply), next(supply)]
        for told in (_filled(text, at, bsns) for text in history.told):
            if told.startswith(ROW):
                number, held, birth = told.removeprefix(ROW).split(";")
                day = f"{birth[:4]}-{birth[4:6]}-{birth[6:]}"
                cells = {"patient_id": number, "bsn": held, "bsn_verified": "J", "birth_date": day, "sex": "M"}
                cells |= {"surname": "Visser", "given_names": "Jan"}
                rows.append(";".join(cells.get(ours, "") for ours in CSV_COLUMNS))
            else:
                messages.append(told)
        number, claim, birth = (_filled(text, at, bsns) for text in (history.number, history.claim, history.birth))
        facts = (f"2.25.{at + 1}", number, "HOSPITAL", claim, history.name, birth, history.sex)
        studies.append(",".join((*facts, "20240601", "1")))
    (folder / "rows.csv").write_text("\n".join([";".join(CSV_COLUMNS.values()), *rows]) + "\n")
    (folder / "messages.hl7").write_bytes("".join(messages).encode("latin-1"))
    (folder / "studies.csv").write_text("\n".join(studies) + "\n")
    _run(config, "epd", "load", str(folder / "rows.csv"), str(folder / "messages.hl7"))
    _run(config, "survey", "import", str(folder / "studies.csv"))
    plan = _run(config, "plan")
    found = json.loads(Path(plan["path"]).read_text())["studies"]
    return {study["study_instance_uid"]: (study["state"], study["reasons"]) for study in found}


def _run(config: Path, *arguments: str) -> dict[str, Any]:
    ran = run("--json", "--config", str(config), *arguments)
    assert ran.code == 0, ran.err
    return ran.answer


@pytest.mark.parametrize("at", range(len(HISTORIES)), ids=[history.what for history in HISTORIES])
def test_history(states: dict[str, tuple[str, list[str]]], at: int) -> None:
    state, reasons = states[f"2.25.{at + 1}"]
    assert state == HISTORIES[at].state, reasons
    assert state == "planned" or reasons != ["namesake-needs-full-name"], "that alone proves nothing about the BSN"
