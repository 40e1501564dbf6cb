"""A file that was not understood changes nobody and names the likely setting; so does one that can hardly be so."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from remediate.epd.load_verdict import TooManyRejectedError
from remediate.epd.reasons import RejectReason
from remediate.epd.registry import SqlRegistry
from remediate.errors import EpdError
from tests.epd.epd_samples import (
    BSN,
    adt,
    bsn,
    load_text,
    new_registry,
    number,
    pid,
    row,
    settings,
    surname,
    table,
    update,
    who,
)

T = "20240101120000"
MANY = [f"{value:05}" for value in range(250)]


def _verified(registry: SqlRegistry, value: str) -> bool:
    patient = who(registry, value)
    return patient is not None and patient.bsn_verified


@pytest.mark.parametrize(("rows", "bad"), [(5, 5), (60, 20), (300, 299)])
def test_dates_of_another_form_change_nobody(registry: SqlRegistry, tmp_path: Path, rows: int, bad: int) -> None:
    load_text(registry, tmp_path, table(row("00001")), name="before.csv")
    before = registry.snapshot_digest()
    births = ["15-02-1970"] * bad + ["1970-02-15"] * (rows - bad)
    text = table(*(row(f"{at:05}", held="", birth=birth) for at, birth in enumerate(births)))
    with pytest.raises(TooManyRejectedError, match="date_format") as raised:
        load_text(registry, tmp_path, text, name="load.csv")
    assert f"{bad} of {rows} records are rejected" in str(raised.value)
    assert "Met:" not in str(raised.value)
    assert (registry.snapshot_digest(), _verified(registry, "00001")) == (before, True)


def test_one_in_ten_is_a_setting_and_a_few_are_not_too_many(registry: SqlRegistry, tmp_path: Path) -> None:
    rows = [row(f"{at:05}", held="", birth="x" if at < 20 else "1970-02-15") for at in range(60)]
    assert len(load_text(registry, tmp_path, table(*rows), name="a.csv", epd=settings(max_rejected=0.5)).rejected) == 20
    few = [row(f"{at:05}", held="", birth="x" if at < 3 else "1970-02-15") for at in range(12)]
    assert len(load_text(registry, tmp_path, table(*few), name="b.csv").rejected) == 3


def test_a_header_alone_is_an_error(registry: SqlRegistry, tmp_path: Path) -> None:
    with pytest.raises(EpdError, match="header and no"):
        load_text(registry, tmp_path, table(), name="load.csv")


def test_a_feed_whose_numbers_are_of_another_type_names_the_type(registry: SqlRegistry, tmp_path: Path) -> None:
    texts = [adt("A08", T, pid(number(value, "XYZ"))) for value in MANY[:20]]
    with pytest.raises(TooManyRejectedError, match="XYZ") as raised:
        load_text(registry, tmp_path, *texts)
    assert "epd.identifier_types" in str(raised.value)
    report = load_text(registry, tmp_path, *texts, epd=settings(identifier_types=["XYZ"]))
    assert (report.patients, report.rejected) == (20, ())
    report = load_text(registry, tmp_path, adt("A08", T, pid(number("7", "VN"))))
    assert [(item.reason, item.met) for item in report.rejected] == [(RejectReason.IDENTIFIER_TYPE, "VN")]


def test_hundreds_of_records_without_one_bsn_name_the_setting(registry: SqlRegistry, tmp_path: Path) -> None:
    texts = [update(T, value) for value in MANY]
    (hint,) = load_text(registry, tmp_path, *texts).hints
    assert "epd.bsn_types" in hint.en
    (hint,) = load_text(registry, tmp_path, table(*(row(v, held="") for v in MANY)), name="load.csv").hints
    assert "epd.csv.columns (bsn)" in hint.nl
    assert load_text(registry, tmp_path, *texts, update(T, "1", held=BSN)).hints == ()


def test_items_that_look_like_a_bsn_name_their_authority_and_type(registry: SqlRegistry, tmp_path: Path) -> None:
    item = f"{BSN}^^^RIJK^NI"
    hints = load_text(registry, tmp_path, *(adt("A08", T, pid(number(value), item)) for value in MANY)).hints
    assert any("authority RIJK, type NI" in hint.en for hint in hints)
    epd = settings(bsn_types=["NI"], bsn_authorities=["rijk"])
    assert load_text(registry, tmp_path, *(adt("A08", T, pid(number(v), item)) for v in MANY), epd=epd).hints == ()


@pytest.mark.parametrize(
    ("authority", "kind"), [("RvIG", "NNNLD"), ("NLMINBIZA", ""), ("NLMINBIZA", "NI"), ("", "BSN")]
)
def test_one_item_that_says_bsn_and_is_not_read_as_one_is_told(
    registry: SqlRegistry, tmp_path: Path, authority: str, kind: str
) -> None:
    report = load_text(registry, tmp_path, adt("A08", T, pid(number("1"), f"{BSN}^^^{authority}^{kind}")))
    assert ["epd.bsn_types" in hint.en for hint in report.hints] == [True]
    assert not _verified(registry, "1")
    report = load_text(registry, tmp_path, adt("A08", T, pid(number("2"), f"{BSN}^^^ELSEWHERE^PI")))
    assert report.hints == ()


def test_a_feed_without_names_or_without_adt_says_so(registry: SqlRegistry, tmp_path: Path) -> None:
    texts = [adt("A08", T, pid(number(value), bsn(BSN), name="Visser^Jan^^^^^ZZ")) for value in MANY[:20]]
    (hint,) = load_text(registry, tmp_path, *texts).hints
    assert "epd.name_types" in hint.en
    (hint,) = load_text(registry, tmp_path, *(text.replace("ADT^", "ORU^") for text in texts)).hints
    assert "not one of 20 messages is ADT" in hint.en


def test_bsns_of_which_none_is_verified_name_the_setting(registry: SqlRegistry, tmp_path: Path) -> None:
    rows = (row(value, verified="Y") for value in MANY)
    (hint,) = load_text(registry, tmp_path, table(*rows), name="load.csv").hints
    assert "epd.verified.csv_values" in hint.en


@pytest.mark.parametrize("charset", ["8859/1", "", "ASCII", "KLINGON"])
def test_utf_8_under_another_label_is_read_as_such_and_told(
    registry: SqlRegistry, tmp_path: Path, charset: str
) -> None:
    text = adt("A08", T, pid(number("1"), bsn(BSN), name="Müller^Zoë"), charset=charset)
    path = text.encode().decode("latin-1")  # load_text writes it byte by byte
    report = load_text(registry, tmp_path, path)
    assert surname(registry, "1") == "Müller"
    assert ["UTF-8" in hint.en for hint in report.hints] == [True]
    report = load_text(registry, tmp_path, adt("A08", T, pid(number("2"), name="Müller^Zoë")))
    assert (surname(registry, "2"), report.hints) == ("Müller", ())


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ("%d-%m-%Y", "%d-%m-%Y reads the dates"),
        ("%Y%m%d", "%Y%m%d reads the dates"),
        ("%d/%m/%Y", "%d/%m/%Y reads the dates"),
        ("%d %b %Y", "date_format (for 31-12-1980"),
    ],
)
def test_dates_in_another_form_name_the_form_that_reads_them(tmp_path: Path, form: str, told: str) -> None:
    born = [date(1960 + at, 1 + at % 12, 5 + at) for at in range(20)]
    rows = [f"{at};;N;{day:{form}};M;Jansen;;;;Jan;J" for at, day in enumerate(born)]
    with pytest.raises(TooManyRejectedError) as raised:
        load_text(new_registry(tmp_path), tmp_path, table(*rows), name="other.csv")
    assert told in raised.value.advice.en


def test_two_forms_that_read_all_dates_are_both_named(tmp_path: Path) -> None:
    rows = [f"{at};;N;01-0{1 + at % 9}-1970;M;Jansen;;;;Jan;J" for at in range(20)]
    with pytest.raises(TooManyRejectedError, match="rejected") as raised:
        load_text(new_registry(tmp_path), tmp_path, table(*rows), name="both.csv")
    assert "%d-%m-%Y or %m-%d-%Y" in raised.value.advice.en
