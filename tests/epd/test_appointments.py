"""Lists of appointments and orders as hospitals write them: what moves a patient forward, and what moves nobody."""

from __future__ import annotations

from pathlib import Path

import pytest

from remediate.config.epd import EpdSettings
from remediate.config.needs import AppointmentListSettings
from remediate.epd.appointments import read_appointments
from remediate.errors import RemediateError
from remediate.records.needs import Appointment, ListFault, UnreadLine

EPD = EpdSettings(default_issuer="HOSPITAL")
NOW = 20261129_120000_0000
HEAD = "at;patient_id;appointment;state;opmerking"


def read(folder: Path, text: str, name: str = "agenda", **settings: object) -> list[Appointment | UnreadLine]:
    path = folder / name
    path.write_text(text, encoding="utf-8", newline="")
    return list(read_appointments(path, AppointmentListSettings(**settings), EPD, now=NOW))  # type: ignore[arg-type]


def siu(
    event: str, *, key: str = "77", at: str = "202612010900", number: str = "0012345", sent: str = "", sch: str = ""
) -> str:
    """A scheduling message with the start where systems write it: in SCH-11, or in AIS-4 alone."""
    timing = f"|||||||||^^^{at}" if not sch else ""
    scheduled = sch or f"SCH|{key}^PLAN|{key}^AGENDA{timing}"
    return "\r".join(
        (
            f"MSH|^~\\&|AGENDA|ZKH|REM|ZKH|{sent or '202611010800'}||SIU^{event}|1|P|2.4",
            scheduled,
            f"PID|1||{number}^^^HOSPITAL^PI~^^^NLMINBIZA^NNNLD||Jansen^Piet",
            f"AIS|1||MRI^MRI knie|{at}",
            "",
        )
    )  # fmt: skip


def test_a_line_gives_number_moment_and_its_own_number_and_nothing_else(tmp_path: Path) -> None:
    found = read(tmp_path, f"{HEAD}\n2026-12-01 09:00;0012345;A1;gepland;BSN 999911120 bekend\n")
    assert found == [Appointment(2, "A1", (("HOSPITAL", "0012345"),), 202612010900, 0)]
    assert "999911120" not in repr(found)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("2026-12-01 09:00;;A1;;", ListFault.NO_NUMBER),
        ("2026-12-01 09:00;1,23E+07;A1;;", ListFault.NO_NUMBER),  # which number it was cannot be told
        ("morgen;0012345;A1;;", ListFault.TIME_UNREADABLE),
        (";0012345;A1;;", ListFault.TIME_UNREADABLE),
        ("2026-02-30 09:00;0012345;A1;;", ListFault.TIME_UNREADABLE),
        ("2026-12-01 09:00;0012345;;Geannuleerd;", ListFault.CANCELLED),  # of which appointment nobody can tell
        ("2026-12-01 09:00;0012345", ListFault.UNREADABLE),
        ('2026-12-01 09:00;"0012345;A1;;', ListFault.UNREADABLE),
    ],
)
def test_a_line_that_moves_nobody_forward_is_counted_by_why(tmp_path: Path, line: str, why: ListFault) -> None:
    assert read(tmp_path, f"{HEAD}\n{line}\n") == [UnreadLine(2, why)]


def test_an_hour_that_comes_twice_or_never_is_the_hour_on_the_clock(tmp_path: Path) -> None:
    """Nobody is put off for it: an order by the clock on the wall needs no offset."""
    lines = f"{HEAD}\n2026-10-25 02:30;1;A;;\n2027-03-28 02:30;2;B;;\n"
    assert [one.at for one in read(tmp_path, lines) if isinstance(one, Appointment)] == [202610250230, 202703280230]


def test_a_cancelled_line_needs_no_time_and_columns_have_their_own_names(tmp_path: Path) -> None:
    columns = {"at": "datum", "patient_id": "patnr", "issuer": "bron", "appointment": "nr", "state": "status"}
    found = read(tmp_path, "datum;patnr;bron;nr;status\n;5;ELDERS;9;VERVALLEN\n", columns=columns)
    assert found == [Appointment(2, "9", (("ELDERS", "5"),), 0, 0, cancelled=True)]


def test_a_list_without_its_columns_says_which(tmp_path: Path) -> None:
    with pytest.raises(RemediateError, match="patient_id"):
        read(tmp_path, "at;patnr\n2026-12-01 09:00;5\n")
    with pytest.raises(RemediateError, match="patient_id"):
        read(tmp_path, "at;patient_id;patient_id\n2026-12-01 09:00;5;6\n")
    with pytest.raises(RemediateError, match=r"weg\.csv"):
        list(read_appointments(tmp_path / "weg.csv", AppointmentListSettings(), EPD, now=NOW))


@pytest.mark.parametrize(
    ("event", "ended"), [("S12", False), ("S13", False), ("S14", False), ("S15", True), ("S26", True)]
)
def test_scheduling_messages_book_move_and_cancel(tmp_path: Path, event: str, ended: bool) -> None:
    (found,) = read(tmp_path, siu(event))
    assert isinstance(found, Appointment)
    assert found.numbers == (("HOSPITAL", "0012345"),)
    assert (found.key, found.at, found.told, found.cancelled) == (
        "SIU 77^AGENDA",
        202612010900,
        20261101_080000_0000,
        ended,
    )


def test_the_start_is_found_where_a_system_writes_it(tmp_path: Path) -> None:
    (alone,) = read(tmp_path, siu("S12", sch="SCH|77^PLAN|77^AGENDA"))
    assert isinstance(alone, Appointment)
    assert alone.at == 202612010900
    (offset,) = read(tmp_path, siu("S12", at="20261201080000+0000"))
    assert isinstance(offset, Appointment)
    assert offset.at == 202612010900  # on the clock on the wall
    (state,) = read(tmp_path, siu("S14", sch="SCH|77|77|||||||||^^^202612010900||||||||||||||CANCELLED"))
    assert isinstance(state, Appointment)
    assert state.cancelled


@pytest.mark.parametrize(
    ("kind", "control", "ended"),
    [("ORM^O01", "NW", False), ("OMI^O23", "NW", False), ("ORM^O01", "CA", True), ("OMI^O23", "DC", True)],
)
def test_orders_are_read_each_by_itself(tmp_path: Path, kind: str, control: str, ended: bool) -> None:
    message = "\r".join(
        (
            f"MSH|^~\\&|EPD|ZKH|RIS|ZKH|202611010800||{kind}|1|P|2.5",
            "PID|1||12345^^^HOSPITAL^PI",
            "ORC|NW|P1|F1||||^^^202612020800",
            "OBR|1|P1|F1|CT",
            f"ORC|{control}|P2|F2",
            "TQ1|1||||||202612030800",
            "OBR|2|P2|F2|MR",
            "",
        )
    )
    first, second = read(tmp_path, message)
    assert isinstance(first, Appointment)
    assert isinstance(second, Appointment)
    assert (first.key, first.at, first.cancelled) == ("ORC P1^", 202612020800, False)
    assert (second.key, second.at, second.cancelled) == ("ORC P2^", 202612030800, ended)


def test_messages_of_other_types_say_nothing_and_what_is_broken_is_counted(tmp_path: Path) -> None:
    adt = "MSH|^~\\&|EPD|ZKH|REM|ZKH|202611010800||ADT^A08|1|P|2.4\rPID|1||5^^^HOSPITAL^PI\r"
    broken = "MSH|^~\\&|A\rPID|1||5^^^HOSPITAL^PI\rdit hoort hier niet\r"
    assert read(tmp_path, adt) == []
    assert [one.why for one in read(tmp_path, siu("S12", number="") + broken) if isinstance(one, UnreadLine)] == [
        ListFault.NO_NUMBER
    ]
