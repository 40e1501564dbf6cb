"""What messages mean: every shape that Dutch systems are known to send, and what must be refused."""

from __future__ import annotations

import pytest

from remediate.epd.changes import NO_NAME, NOTHING, Change, ChangeKind, NameParts
from remediate.epd.hl7.messages import ABOUT_VISITS, DELETES, MERGES, UPSERTS
from remediate.epd.hl7.text import Delimiters
from remediate.epd.hl7.time import sortable_time
from remediate.epd.reasons import SENTENCES, RejectReason
from remediate.identity.bsn import problem_of
from tests.epd.epd_samples import BSN, BSN_2, HOSPITAL, adt, bsn, change, changes, doubts, merge, number, pid, update

T = "20240101120000"
LOCAL = (HOSPITAL, "123")


def _identified(*identifiers: str) -> Change:
    return change(adt("A08", T, pid(*identifiers)))


@pytest.mark.parametrize(
    "identifiers",
    [
        (number("123"), bsn(BSN)),
        (bsn(BSN), number("123")),
        ("123^^^^PI", bsn(BSN)),
        ("123^^^HOSPITAL^MR", bsn(BSN)),
        ("123^^^^^", bsn(BSN)),
        ("123", bsn(BSN)),
        (number("77", "VN"), bsn(BSN), number("123")),
        (number("123"), f"{BSN}^^^2.16.840.1.113883.2.4.6.3^NNNLD"),
        (number("123"), f"{BSN}^^^nlminbiza^nnnld"),
        (number("123"), f"{BSN}^^^urn:oid:2.16.840.1.113883.2.4.6.3^NNNLD"),
        (number("123"), f"{BSN}^^^^NNNLD"),
        (number("123", "EPI"), bsn(BSN)),
        (number("123", "MRN"), bsn(BSN)),
        (number("123", "PID"), bsn(BSN)),
        (number("123"), f"{BSN}^^^&2.16.840.1.113883.2.4.6.3&ISO^NNNLD"),
        (number("123"), f"{BSN}^^^NLMINBIZA&2.16.840.1.113883.2.4.6.3&ISO^NNNLD"),
        (number("123"), "AA1234567^^^NLMINBIZA^PPN", bsn(BSN)),
        (number("123"), bsn(BSN), bsn(BSN)),
    ],
)
def test_number_and_bsn_in_every_order_and_shape(identifiers: tuple[str, ...]) -> None:
    found = _identified(*identifiers)
    assert found.numbers == (LOCAL,)
    assert found.news.bsn == BSN
    assert found.news.verified is True


@pytest.mark.parametrize(
    "identifier",
    [
        f"{BSN}^^^NLMINBIZA^PPN", f"{BSN}^^^NLMINBIZA^", f"{BSN}^^^HOSPITAL^NNNLD",
        f"{BSN}^^^NLMINBIZA^PI",
    ],
)  # fmt: skip
def test_authority_and_type_decide_together(identifier: str) -> None:
    found = _identified(number("123"), identifier)
    assert found.numbers == (LOCAL,)
    assert found.news.bsn is None


def test_several_numbers_the_hospitals_own_first_in_any_order() -> None:
    own, other, card = number("9"), number("5", "MR"), number("1", authority="LAB")
    expected = ((HOSPITAL, "9"), (HOSPITAL, "5"))  # the laboratory's may be of more than one person
    for identifiers in ((own, other, card), (card, other, own), (other, own, card)):
        assert _identified(*identifiers).numbers == expected


@pytest.mark.parametrize("empty", ["^^^NLMINBIZA^NNNLD", '""^^^NLMINBIZA^NNNLD'])
def test_empty_bsn_item_says_that_the_epd_holds_none(empty: str) -> None:
    assert _identified(number("123"), empty).news.bsn == ""
    assert _identified(number("123"), empty).news.verified is False


def test_without_a_bsn_item_nothing_is_said_about_it() -> None:
    found = _identified(number("123"))
    assert found.news.bsn is None
    assert found.news.verified is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("999911121", RejectReason.BSN_ELEVEN_TEST), ("1234567", RejectReason.BSN_WRONG_LENGTH),
        ("999999999", RejectReason.BSN_PLACEHOLDER), ("000000000", RejectReason.BSN_PLACEHOLDER),
        ("9,99E+08", RejectReason.BSN_NOT_DIGITS), ("99991112.0", RejectReason.BSN_NOT_DIGITS),
        ("９９９９１１１２０", RejectReason.BSN_NOT_DIGITS),
    ],
)  # fmt: skip
def test_what_is_no_bsn_is_kept_apart_with_its_reason(text: str, reason: RejectReason) -> None:
    if not text.isascii():
        found = change(adt("A08", T, pid(number("123"), bsn(text)), charset="UNICODE UTF-8").encode())
    else:
        found = _identified(number("123"), bsn(text))
    assert found.bsn_refused is reason
    assert found.news.bsn == text


@pytest.mark.parametrize(("text", "digits"), [("99990015", "099990015"), ("9999.11.120", BSN), ("999 911 120", BSN)])
def test_eight_digits_and_usual_groups_are_read(text: str, digits: str) -> None:
    found = _identified(number("123"), bsn(text))
    assert (found.news.bsn, found.bsn_refused) == (digits, None)


def test_of_two_bsns_in_one_message_neither_is_believed() -> None:
    found = change(adt("A08", T, pid(number("123"), bsn(BSN), bsn(BSN_2))))
    assert found.bsn_refused is RejectReason.TWO_BSNS
    assert found.news.bsn is not None
    assert problem_of(found.news.bsn) is not None


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("Jansen^Jan", NameParts("Jansen", given_names="Jan")),
        ("Jansen&&Jansen^Jan^Pieter^^^^L", NameParts("Jansen", given_names="Jan Pieter")),
        ("van der Linden&van der&Linden^Anna^^^^^L", NameParts("Linden", "van der", given_names="Anna")),
        (
            "de Vries - van der Linden&van der&Linden&de&Vries^Anna^M.^^^^L",
            NameParts("Linden", "van der", "Vries", "de", "Anna M."),
        ),
        ("Linden&van der^Anna", NameParts("Linden", "van der", given_names="Anna")),
        (
            "de Vries - van der Linden&van der Linden&&de&Vries^Anna",
            NameParts("van der Linden", "", "Vries", "de", "Anna"),
        ),
        ("Jansen^J.P.^^^^^L", NameParts("Jansen", initials="J.P.")),
        ("Jansen^J^P", NameParts("Jansen", initials="J P")),
        ("Jansen^Th.^^^^^L", NameParts("Jansen", initials="Th.")),
        ("Roep^Jantje^^^^^N~Jansen^Johannes^^^^^L", NameParts("Jansen", given_names="Johannes")),
        ("Roep^Jantje^^^^^N", None),
        ("Jansen^Jan^^^^^CURRENT", NameParts("Jansen", given_names="Jan")),
        ("Jansen^Jan^^^^^u", NameParts("Jansen", given_names="Jan")),
        ("ben Ali&ben&Ali^Omar^^^^^L", NameParts("Ali", "ben", given_names="Omar")),
        ('Jansen&""&Jansen^Jan', NameParts("Jansen", given_names="Jan")),
        ("M\\T\\M \\S\\ Zn^\\X4a616e\\", NameParts("M&M ^ Zn", given_names="Jan")),
        ('""', NO_NAME),
        ("", None),
    ],
)
def test_names(field: str, expected: NameParts | None) -> None:
    assert change(adt("A08", T, pid(number("123"), name=field))).news.name == expected


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("19700215", "19700215"), ("19700215103000+0100", "19700215"), ("1970", ""), ("197002", ""),
        ("19700200", ""), ("00000000", ""), ('""', ""), ("", None),
    ],
)  # fmt: skip
def test_birth_dates(field: str, expected: str | None) -> None:
    assert change(adt("A08", T, pid(number("123"), birth=field))).news.birth_date == expected


@pytest.mark.parametrize("field", ["15-02-1970", "19700230", "1970-02-15", "700215", "x"])
def test_birth_dates_are_not_guessed(field: str) -> None:
    assert changes(adt("A08", T, pid(number("123"), birth=field))) == [RejectReason.BIRTH_DATE_UNREADABLE]


@pytest.mark.parametrize(
    ("field", "expected"),
    [("M", "M"), ("f", "F"), ("O", "O"), ("A", "O"), ("U", ""), ("N", ""), ("X", ""), ('""', ""), ("", None)],
)
def test_sexes(field: str, expected: str | None) -> None:
    assert change(adt("A08", T, pid(number("123"), sex=field))).news.sex == expected


@pytest.mark.parametrize("event", sorted(UPSERTS))
def test_events_that_tell_about_a_patient(event: str) -> None:
    found = change(adt(event, T, pid(number("123"), bsn(BSN))))
    assert (found.kind, found.numbers, found.news.bsn) == (ChangeKind.UPSERT, (LOCAL,), BSN)


@pytest.mark.parametrize("event", sorted(MERGES))
def test_events_that_give_up_a_number(event: str) -> None:
    found = change(merge(T, "2", "1", event=event))
    kind = ChangeKind.RENUMBER if event in ("A46", "A47") else ChangeKind.MERGE
    assert (found.kind, found.numbers, found.prior) == (kind, ((HOSPITAL, "2"),), ((HOSPITAL, "1"),))
    assert found.news == NOTHING


def test_events_about_visits_say_nothing_and_unknown_ones_are_refused() -> None:
    assert all(changes(merge(T, "2", "1", event=event)) == [] for event in ABOUT_VISITS)
    assert changes(update(T, "1", event="A99")) == [RejectReason.EVENT_UNSUPPORTED]
    assert [change(update(T, "1", event=event)).kind for event in DELETES] == [ChangeKind.DELETE]


def test_a_link_between_patients_is_refused_and_changes_nothing() -> None:
    two = adt("A24", T, pid(number("1")), "PV1|x", pid(number("2")))
    assert changes(two) == [RejectReason.EVENT_LINKS]
    assert doubts(two) == []


def test_patients_who_are_told_apart_are_parted() -> None:
    two = changes(adt("A37", T, pid(number("1")), "PV1|x", pid(number("2"))))
    assert [(item.kind, item.numbers) for item in two if isinstance(item, Change)] == [
        (ChangeKind.PART, ((HOSPITAL, "1"),)),
        (ChangeKind.PART, ((HOSPITAL, "2"),)),
    ]


@pytest.mark.parametrize(
    ("content", "reason", "numbers"),
    [
        (merge(T, "2", "1", event="A43"), RejectReason.EVENT_MOVES_NUMBER, ["2", "1"]),
        (adt("A08", T, pid(number("1"), birth="31-12-80")), RejectReason.BIRTH_DATE_UNREADABLE, ["1"]),
        (merge(T, "2", "1").replace("EVN|A40", "EVN|A08"), RejectReason.EVENT_CONTRADICTS, ["2", "1"]),
        (adt("A08", "yesterday", pid(number("1"))), RejectReason.TIME_UNREADABLE, ["1"]),
        (adt("A08", T, f"PID|1||{bsn(BSN)}~12"), RejectReason.SEGMENT_TRUNCATED, []),
        (merge(T, "1", "2").replace("EVN|A40", "EVN|A08")[:-8], RejectReason.EVENT_CONTRADICTS, ["1"]),
    ],
)
def test_a_message_that_is_refused_casts_doubt_on_the_patients_that_it_names(
    content: str, reason: RejectReason, numbers: list[str]
) -> None:
    assert changes(content) == [reason]
    assert [value for found in doubts(content) for _, value in found.numbers] == numbers


def test_event_of_older_messages_stands_in_evn() -> None:
    old = update(T, "123").replace("ADT^A08", "ADT")
    assert change(old).kind is ChangeKind.UPSERT
    assert changes(old.replace("EVN|A08", "EVN|")) == [RejectReason.EVENT_ABSENT]
    assert changes(update(T, "123").replace("EVN|A08", "EVN|A40")) == [RejectReason.EVENT_CONTRADICTS]


def test_merge_with_several_numbers_and_several_patients() -> None:
    many = adt(
        "A40", T,
        f"PID|1||{number('2')}~{number('1')}", f"MRG|{number('1')}~{bsn(BSN)}",
        f"PID|2||{number('4')}", "PD1|x", f"MRG|{number('3')}~{number('5')}",
    )  # fmt: skip
    first, second = changes(many)
    assert isinstance(first, Change)
    assert isinstance(second, Change)
    assert (first.numbers, first.prior) == (((HOSPITAL, "2"),), ((HOSPITAL, "1"),))
    assert (second.numbers, second.prior) == (((HOSPITAL, "4"),), ((HOSPITAL, "3"), (HOSPITAL, "5")))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (merge(T, "1", "1"), RejectReason.MERGE_WITH_ITSELF),
        (adt("A40", T, f"PID|1||{number('1')}", f"MRG|{bsn(BSN)}"), RejectReason.PRIOR_IDENTIFIER_ABSENT),
        (adt("A40", T, f"PID|1||{number('1')}", "MRG|"), RejectReason.PRIOR_IDENTIFIER_ABSENT),
        (adt("A40", T, f"PID|1||{number('1')}"), RejectReason.MRG_ABSENT),
        (adt("A40", T, f"MRG|{number('1')}"), RejectReason.PID_ABSENT),
        (adt("A40", T, f"PID|1||{bsn(BSN)}", f"MRG|{number('1')}"), RejectReason.IDENTIFIER_ABSENT),
        (adt("A08", T), RejectReason.PID_ABSENT),
        (adt("A08", T, pid(bsn(BSN))), RejectReason.IDENTIFIER_ABSENT),
        (adt("A08", T, pid(number("7", "VN"), bsn(BSN))), RejectReason.IDENTIFIER_TYPE),
        (adt("A08", T, pid(number("7") + "^^^20200101", bsn(BSN))), RejectReason.IDENTIFIER_EXPIRED),
        (adt("A08", T, pid('""^^^HOSPITAL^PI', bsn(BSN))), RejectReason.IDENTIFIER_ABSENT),
        (adt("A08", T, pid(number("1")), pid(number("2"))), RejectReason.SEGMENTS_MIXED),
        (adt("A08", "yesterday", pid(number("1"))), RejectReason.TIME_UNREADABLE),
        (adt("A08", T, f"PID|1||{bsn(BSN)}~12"), RejectReason.SEGMENT_TRUNCATED),
    ],
)
def test_what_is_refused(content: str, reason: RejectReason) -> None:
    assert changes(content) == [reason]


def test_a_number_cut_off_at_the_end_of_a_file_is_never_another_patients() -> None:
    content = adt("A08", T, pid(bsn(BSN), number("12345")))
    for end in range(content.index("12345") + 1, len(content)):
        for found in changes(content[:end]):
            if isinstance(found, Change):
                assert found.numbers == ((HOSPITAL, "12345"),)
                assert found.news.birth_date == "19700215"
    whole = merge(T, "2", "12345")
    for end in range(whole.index("MRG"), len(whole)):
        for found in changes(whole[:end]):
            if isinstance(found, Change):
                assert found.prior == ((HOSPITAL, "12345"),)
    assert isinstance(changes(whole[:-1])[0], Change)


@pytest.mark.parametrize(
    ("rule", "rest", "verified"),
    [
        ("present", "", True),
        ("present", "|" * 23 + "N", True),
        ("present", "|" * 24 + "NNNLD", True),
        ("present", "|" * 23 + "Y", False),
        ("present", "|" * 23 + "y", False),
        ("present", "|" * 23 + "Ja", False),
        ("present", "|" * 23 + "n", True),
        ("present", "|" * 23 + "Y|NNNLD", False),  # who fills it otherwise says so in epd.verified.hl7
        ("pid-32:NNNLD", "|" * 24 + "NNNLD", True),
        ("pid-32:NNNLD", "|" * 23 + "Y|NNNLD", True),
        ("pid-32:NNNLD", "|" * 24 + "AL~NNNLD", True),
        ("pid-32:NNNLD", "|" * 23 + "Y|AL", False),
        ("pid-32:NNNLD", "|" * 24 + "NNNLDX", False),
        ("pid-32:NNNLD", "", None),
        ("pid-31:N", "|" * 23 + "N", True),
        ("pid-31:N", "|" * 23 + "Y|NNNLD", False),
        ("pid-31:N", "|" * 23 + '""', False),
    ],
)
def test_what_marks_a_bsn_as_verified_is_a_setting(rule: str, rest: str, verified: bool | None) -> None:
    found = change(adt("A08", T, pid(number("123"), bsn(BSN), rest=rest)), hl7=rule)
    assert found.news.verified is verified


def test_an_unknown_identity_leaves_its_bsn_unverified_with_a_reason_and_takes_back_what_was_known() -> None:
    unknown = "|" * 23 + "Y"
    found = change(adt("A08", T, pid(number("123"), bsn(BSN), rest=unknown)))
    assert (found.news.bsn, found.bsn_refused) == (BSN, RejectReason.IDENTITY_UNKNOWN)
    found = change(adt("A08", T, pid(number("123"), rest=unknown)))
    assert (found.news.bsn, found.news.verified, found.bsn_refused) == (None, False, None)


def test_zorgdomein_repeats_with_an_underscore_and_writes_tildes_as_text() -> None:
    content = (
        f"MSH|^_\\&|ZorgDomein||||{T}||ADT^A08|1|P|2.4||||||UNICODE UTF-8\rEVN|A08|{T}\r"
        f"PID|1||123^^^^PI_{BSN}^^^NLMINBIZA^NNNLD||Jan~sen\\R\\x&&Jan~sen\\R\\x^Jan||19700215|M\r"
    )
    found = change(content)
    assert found.numbers == (LOCAL,)
    assert found.news.bsn == BSN
    assert found.news.name == NameParts("Jan~sen_x", given_names="Jan")


def test_time_is_that_of_recording_then_of_sending_then_of_the_message_before() -> None:
    both = update(T, "1").replace(f"EVN|A08|{T}", "EVN|A08|20231231235959.5")
    assert change(both).at == 202312312359595000
    assert change(update(T, "1").replace(f"EVN|A08|{T}", "EVN|A08|")).at == 202401011200000000
    silent = update(T, "2").replace(T, "")
    assert [found.at for found in changes(both + silent) if isinstance(found, Change)] == [202312312359595000] * 2
    assert change(silent).at == 0


def test_times_sort_whatever_their_precision_and_offset() -> None:
    texts = ["2023", "202312", "20231231", "2023123123", "20231231235959", "20231231235959.1", "20240101003000+0100"]
    times = [sortable_time(text) for text in texts]
    assert None not in times
    assert times == sorted(times, key=lambda time: time or 0)
    assert sortable_time("20240101003000+0100") == sortable_time("20231231233000+0000")
    assert sortable_time("20240701003000+0200") == sortable_time("20240701003000")
    for text in ("", "2024-01-01", "20241301", "20240230", "202401011260", "abc", "20240101250000"):
        assert sortable_time(text) is None


def test_escapes_that_are_none_stay_as_they_stand() -> None:
    delimiters = Delimiters("|", "^", "~", "\\", "&")
    for text in ("a\\b", "\\", "\\\\", "\\Q\\", "C:\\dir\\x", "\\X4\\", "\\C2842\\x", "\\M254A42\\x", "\\Zig\\x"):
        assert delimiters.value(text) == text
    assert delimiters.value("Jan\\XFF\\sen", "utf-8") == "Jan\\XFF\\sen", "a sign that cannot be read is not left out"
    assert delimiters.value("\\XC3A9\\", "utf-8") == delimiters.value("\\Xe9\\", "latin-1") == "é"
    assert delimiters.value("\\H\\bold\\N\\ a\\.br\\b \\E\\F\\E\\") == "bold a b \\F\\"


def test_every_reason_has_its_sentence() -> None:
    assert set(SENTENCES) == set(RejectReason)
    assert all(sentence.en.endswith(".") and sentence.nl.endswith(".") for sentence in SENTENCES.values())


def test_changes_and_messages_do_not_show_who_they_are_about() -> None:
    found = change(update(T, "123", held=BSN, name="Jansen^Jan"))
    shown = repr(found) + repr(found.news) + repr(found.news.name)
    assert not any(text in shown for text in (BSN, "Jansen", "19700215"))
