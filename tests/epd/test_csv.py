"""The CSV extract: what spreadsheets do to it, what is refused, and that the order of rows does not matter."""

from __future__ import annotations

from pathlib import Path

import pytest

from remediate.config.epd import EpdSettings
from remediate.epd.load import LoadReport, load_files
from remediate.epd.reasons import RejectReason
from remediate.epd.registry import SqlRegistry
from remediate.errors import EpdError
from remediate.identity.bsn import Bsn
from tests.epd.epd_samples import (
    BSN,
    BSN_2,
    COLUMNS,
    NOW,
    SETTINGS,
    load_text,
    merge,
    new_registry,
    row,
    settings,
    surname,
    table,
    update,
    who,
)

NAME = "patienten.csv"


def _load(registry: SqlRegistry, folder: Path, text: str | bytes, epd: EpdSettings = SETTINGS) -> LoadReport:
    path = folder / NAME
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return load_files([path], epd, registry, NOW)


def _csv(**changes: object) -> EpdSettings:
    return settings(csv={**SETTINGS.csv.model_dump(), **changes})


def _reasons(report: LoadReport) -> list[tuple[int, RejectReason]]:
    return [(item.line, item.reason) for item in report.rejected]


def test_a_row_is_a_patient(registry: SqlRegistry, tmp_path: Path) -> None:
    cells = {
        "sex": "v",
        "surname_prefix": "de",
        "partner_surname": "Smit",
        "partner_prefix": "van der",
        "initials": "A.",
    }
    report = _load(registry, tmp_path, table(row("00123", **cells)))
    patient = who(registry, "00123")
    assert patient is not None
    assert (patient.name.surname, patient.name.prefix, patient.sex) == ("Jansen", "de", "F")
    assert (patient.name.partner_surname, patient.name.partner_prefix) == ("Smit", "van der")
    assert (patient.name.given_names, patient.name.initials) == ("Jan", "A.")
    assert patient.birth_date is not None
    assert patient.birth_date.isoformat() == "1970-02-15"
    assert (patient.bsn, patient.bsn_verified) == (Bsn(BSN), True)
    assert (report.files, report.records, report.patients, report.rejected) == (1, 1, 1, ())
    assert who(registry, "123") is None


@pytest.mark.parametrize(
    "text",
    [
        "\ufeff" + table(row("1")),
        table(row("1")).replace("\r\n", "\n"),
        table(row("1")).replace("\r\n", "\r"),
        table(row("1")) + "\r\n;;;;;;;;;;\r\n\r\n",
        table(row('="1"', held=f'="{BSN}"')),
        table(row('"=""1"""', held=f" {BSN} ")),
        table(row("1", surname='"Jan\r\nsen"')).replace("Jan\r\nsen", "Jansen\r\n"),
        table(row("1", surname='"Jansen"')),
        "\ufeffsep=;\r\n" + table(row("1")),
        "\r\n;;;\r\n" + table(row("1")),
    ],
    ids=["bom", "lf", "cr", "blank-rows", "as-text", "as-text-quoted", "line-break-in-cell", "quoted", "sep", "header"],
)
def test_habits_of_spreadsheets_do_no_harm(registry: SqlRegistry, tmp_path: Path, text: str) -> None:
    report = _load(registry, tmp_path, text)
    patient = who(registry, "1")
    assert patient is not None
    assert (patient.name.surname, patient.bsn) == ("Jansen", Bsn(BSN))
    assert report.rejected == ()


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (row(""), RejectReason.IDENTIFIER_ABSENT),
        (row("1,23E+07"), RejectReason.IDENTIFIER_SPOILED),
        (row("1.2E+7"), RejectReason.IDENTIFIER_SPOILED),
        (row("1234.0"), RejectReason.IDENTIFIER_SPOILED),
        (row("1", birth="15-02-1970"), RejectReason.BIRTH_DATE_UNREADABLE),
        (row("1", birth="1970-02-30"), RejectReason.BIRTH_DATE_UNREADABLE),
        (row("1", birth="25614"), RejectReason.BIRTH_DATE_UNREADABLE),
        (row("1") + ";", RejectReason.ROW_LENGTH),
        ("1;2;3", RejectReason.ROW_LENGTH),
        (row("1", surname='"Jan"sen"'), RejectReason.QUOTE_BROKEN),
        (row("1", surname="Jan\0sen"), RejectReason.NUL_CHARACTER),
        (row("1", surname="J" * 200_000), RejectReason.CELL_TOO_LONG),
    ],
)
def test_rows_that_are_refused_are_named_and_the_rest_is_loaded(
    registry: SqlRegistry, tmp_path: Path, bad: str, reason: RejectReason
) -> None:
    report = _load(registry, tmp_path, table(row("7"), bad, row("8")))
    assert (report.records, _reasons(report)) == (3, [(3, reason)])
    assert surname(registry, "7") == surname(registry, "8") == "Jansen"
    assert surname(registry, "1") == ""


@pytest.mark.parametrize(
    ("held", "reason"),
    [
        ("9,99E+08", RejectReason.BSN_NOT_DIGITS), ("9.99911E+08", RejectReason.BSN_NOT_DIGITS),
        ("99991112.0", RejectReason.BSN_NOT_DIGITS), ("999911120,00", RejectReason.BSN_NOT_DIGITS),
        ("9991112", RejectReason.BSN_WRONG_LENGTH), ("12", RejectReason.BSN_WRONG_LENGTH),
        ("999911121", RejectReason.BSN_ELEVEN_TEST), ("999999999", RejectReason.BSN_PLACEHOLDER),
        ("onbekend", RejectReason.BSN_NOT_DIGITS),
    ],
)  # fmt: skip
def test_spoiled_bsns_are_refused_not_guessed(
    registry: SqlRegistry, tmp_path: Path, held: str, reason: RejectReason
) -> None:
    report = _load(registry, tmp_path, table(row("1", held=held)))
    patient = who(registry, "1")
    assert patient is not None
    assert (patient.bsn, patient.bsn_verified) == (None, False)
    assert patient.bsn_problem == reason.value
    assert _reasons(report) == [(2, reason)]


def test_one_lost_leading_zero_is_put_back(registry: SqlRegistry, tmp_path: Path) -> None:
    assert _load(registry, tmp_path, table(row("1", held="99990015"))).rejected == ()
    patient = who(registry, "1")
    assert patient is not None
    assert patient.bsn == Bsn("099990015")


def test_line_numbers_count_the_lines_in_quoted_cells(registry: SqlRegistry, tmp_path: Path) -> None:
    report = _load(registry, tmp_path, table(row("1", surname='"a\r\nb\r\nc"'), row(""), row("2")))
    assert _reasons(report) == [(5, RejectReason.IDENTIFIER_ABSENT)]


@pytest.mark.parametrize("verified", ["N", "", "nee", "0", "J?"])
def test_only_the_configured_values_mark_a_bsn_as_verified(
    registry: SqlRegistry, tmp_path: Path, verified: str
) -> None:
    _load(registry, tmp_path, table(row("1", verified=verified), row("2", verified=" j ")))
    assert [p.bsn_verified for p in (who(registry, "1"), who(registry, "2")) if p] == [False, True]


def test_without_a_column_for_it_no_bsn_is_verified(registry: SqlRegistry, tmp_path: Path) -> None:
    columns = {ours: theirs for ours, theirs in COLUMNS.items() if ours != "bsn_verified"}
    _load(registry, tmp_path, table(row("1")), _csv(columns=columns))
    patient = who(registry, "1")
    assert patient is not None
    assert (patient.bsn, patient.bsn_verified) == (Bsn(BSN), False)


def test_duplicate_rows_are_harmless_in_any_spelling(registry: SqlRegistry, tmp_path: Path) -> None:
    report = _load(registry, tmp_path, table(row("1"), row("1"), row('="1"', verified="ja")))
    assert (report.rejected, report.patients) == ((), 1)
    assert surname(registry, "1") == "Jansen"


@pytest.mark.parametrize(
    "other", [row("1", surname="Smit"), row("1", held=BSN_2), row("1", held=""), row("1", verified="N")]
)
def test_rows_that_contradict_each_other_are_not_believed(tmp_path: Path, other: str) -> None:
    digests = set()
    for at, rows in enumerate(([row("1"), other, row("2")], [other, row("2"), row("1")])):
        registry = new_registry(tmp_path, f"{at}.db")
        report = _load(registry, tmp_path, table(*rows))
        assert [reason for _, reason in _reasons(report)] == [RejectReason.ROWS_CONTRADICT] * 2
        patient = who(registry, "1")
        assert patient is not None
        assert (patient.bsn, patient.name.surname, patient.bsn_verified) == (None, "", False)
        assert surname(registry, "2") == "Jansen"
        digests.add(registry.snapshot_digest())
        _load(registry, tmp_path, table(row("1")))
        assert surname(registry, "1") == "Jansen"
    assert len(digests) == 1


def test_order_of_rows_and_history_of_loading_do_not_show_in_the_digest(tmp_path: Path) -> None:
    rows = [row(str(i), surname=f"N{i}") for i in range(20)]
    one, two, three = (new_registry(tmp_path, f"{i}.db") for i in range(3))
    _load(one, tmp_path, table(*rows))
    _load(two, tmp_path, table(*reversed(rows)))
    _load(three, tmp_path, table(*rows[:5], row("7", surname="Before")))
    _load(three, tmp_path, table(*rows[3:]))
    assert one.snapshot_digest() == two.snapshot_digest() == three.snapshot_digest()


def test_a_changed_record_changes_the_digest_and_back(registry: SqlRegistry, tmp_path: Path) -> None:
    digests = []
    for changed in (row("1"), row("1", surname="Smit"), row("1"), row("1", verified="N"), row("1", held=BSN_2)):
        _load(registry, tmp_path, table(changed, row("2")))
        digests.append(registry.snapshot_digest())
    assert digests[0] == digests[2]
    assert len(set(digests)) == 4


def test_snapshot_and_messages_together_are_repeatable(registry: SqlRegistry, tmp_path: Path) -> None:
    texts = [update("20240101120000", "1", name="Newer^J"), merge("20240102120000", "3", "2")]
    for _ in range(2):
        _load(registry, tmp_path, table(row("1"), row("2"), row("3", surname="Three")))
        load_text(registry, tmp_path, *texts)
        assert (surname(registry, "1"), surname(registry, "2"), registry.patients()) == ("Jansen", "Three", 2)
    report = _load(registry, tmp_path, table(row("1", surname="Newest"), row("2", surname="Changed")))
    assert surname(registry, "1") == "Newest"
    assert _reasons(report) == [(3, RejectReason.ROW_OF_MERGED_NUMBER)]
    assert surname(registry, "2") == "Three"


@pytest.mark.parametrize(
    ("text", "epd", "words"),
    [
        (table(row("1")).replace("geboortedatum", "gebdat"), SETTINGS, ("'geboortedatum'", "11 columns", NAME)),
        (table(row("1")).replace(";", ","), SETTINGS, ("'patientnummer'", "a comma")),
        (table(row("1")), _csv(columns={"bsn": "bsn"}), ("patient_id",)),
        (table(header="patientnummer;" + ";".join(COLUMNS.values())), SETTINGS, ("'patientnummer'", "more than once")),
        ("", SETTINGS, ("empty",)),
        (table(row("1", surname="Çelik")).encode("latin-1"), SETTINGS, ("utf-8", NAME)),
        (table(row("1")).encode("utf-16"), SETTINGS, ("utf-8", NAME)),
        (table(row("1", surname='"Jansen') + ";" * 200_000), SETTINGS, ("quotation mark", "line 2", NAME)),
        (
            table(row("1", surname='"Jansen'), row("2"), row("3", surname='"Smit"')),
            SETTINGS,
            ("quotation mark", "line 2"),
        ),
        (table(row("1", surname='"Jansen'), row("2"), row("3", surname='"')), SETTINGS, ("quotation mark", "line 2")),
        (table(), SETTINGS, ("no patients", NAME)),
        ("\ufeff" + table() + ";;;\r\n\r\n", SETTINGS, ("no patients", NAME)),
        (b"PK\x03\x04\x14\0\0\0[Content_Types].xml" + bytes(200), SETTINGS, ("Excel workbook", "CSV UTF-8", NAME)),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500), SETTINGS, ("Excel workbook", "CSV UTF-8", NAME)),
        (table(row("1", surname="Çelik")).encode(), _csv(encoding="cp1252"), ("utf-8", "epd.csv.encoding", NAME)),
        (table(row("1", surname="Çelik")).encode(), _csv(encoding="iso-8859-1"), ("utf-8", "epd.csv.encoding")),
        (table(row("1")).encode("utf-8-sig"), _csv(encoding="cp1252"), ("utf-8", "epd.csv.encoding", NAME)),
        (table(row("1"), row("2", initials='"A.'), row("3")), SETTINGS, ("quotation mark", "line 3", NAME)),
    ],
    ids=[
        "column",
        "delimiter",
        "no-id",
        "twice",
        "empty",
        "latin-1",
        "utf-16",
        "open-quote",
        "open-quote-before-a-quoted-cell",
        "open-quote-that-another-closes",
        "header-only",
        "header-and-blank-rows",
        "xlsx",
        "xls",
        "utf-8-as-cp1252",
        "utf-8-as-latin-1",
        "mark-of-utf-8-as-cp1252",
        "open-quote-near-the-end",
    ],
)
def test_files_that_cannot_be_read_say_why_in_one_line_and_change_nothing(
    registry: SqlRegistry, tmp_path: Path, text: str | bytes, epd: EpdSettings, words: tuple[str, ...]
) -> None:
    with pytest.raises(EpdError) as caught:
        _load(registry, tmp_path, text, epd)
    said = str(caught.value)
    assert all(word in said for word in words)
    assert "\n" not in said
    assert not any(secret in said for secret in (BSN, "Jansen", "1970"))
    assert registry.patients() == 0


def test_a_missing_file_says_so_before_anything_is_loaded(registry: SqlRegistry, tmp_path: Path) -> None:
    (tmp_path / NAME).write_text(table(row("1")))
    with pytest.raises(EpdError, match=r"gone\.csv does not exist"):
        load_files([tmp_path / NAME, tmp_path / "gone.csv"], SETTINGS, registry, NOW)
    assert registry.patients() == 0


def test_other_encodings_and_date_forms_as_configured(registry: SqlRegistry, tmp_path: Path) -> None:
    epd = _csv(encoding="cp1252", date_format="%d-%m-%Y", delimiter=",")
    text = table(row("1", surname="Çelik", birth="15-02-1970")).replace(";", ",").encode("cp1252")
    assert _load(registry, tmp_path, text, epd).rejected == ()
    patient = who(registry, "1")
    assert patient is not None
    assert patient.birth_date is not None
    assert (patient.name.surname, patient.birth_date.isoformat()) == ("Çelik", "1970-02-15")


def test_rows_in_another_encoding_than_the_rest_are_refused(registry: SqlRegistry, tmp_path: Path) -> None:
    good, bad = row("1", surname="Çelik"), row("2", surname="Köter")
    content = table(good, bad, row("3")).encode().replace("ö".encode(), b"\xf6")
    report = _load(registry, tmp_path, content)
    assert _reasons(report) == [(3, RejectReason.CHARACTER_SET_WRONG)]
    assert (surname(registry, "1"), who(registry, "2"), surname(registry, "3")) == ("Çelik", None, "Jansen")


def test_the_encoding_of_a_column_that_is_not_read_does_not_matter(registry: SqlRegistry, tmp_path: Path) -> None:
    header = ";".join([*COLUMNS.values(), "notitie"])
    content = table(row("1", surname="Çelik") + ";caf\0", row("2") + ";", header=header).encode()
    report = _load(registry, tmp_path, content.replace(b"\0", b"\xe9"))
    assert (report.rejected, report.patients, surname(registry, "1")) == ((), 2, "Çelik")


def test_issuer_column_and_its_default(registry: SqlRegistry, tmp_path: Path) -> None:
    epd = _csv(columns={**COLUMNS, "issuer": "bron"})
    header = ";".join([*COLUMNS.values(), "bron"])
    _load(registry, tmp_path, table(row("1") + ";LAB", row("1", surname="Smit") + ";", header=header), epd)
    found = who(registry, "1", "LAB")
    assert found is not None
    assert (found.name.surname, surname(registry, "1")) == ("Jansen", "Smit")
