"""What the records of a file tell as a whole: whether it was understood at all, and which setting is likely if not.

Counts what was read of a file before anything of it is applied; opens no file and writes nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from remediate.epd.changes import DOUBTS, Change, ChangeKind
from remediate.epd.reasons import SENTENCES, RejectedRecord, RejectReason
from remediate.errors import EpdError
from remediate.identity.bsn import passes_eleven_test
from remediate.identity.bsn_spelling import declares_bsn
from remediate.tables.dates import likely_forms
from remediate.texts.language import Sentence, both

_FEW = 10
"""So many rejections are no sign of a wrong setting, unless they are the greater part of a small file."""

_MANY = 20
"""Records from which what none of them tells is a sign of a wrong setting."""

_LOOKALIKES = 5
"""Numbers from which looking like a BSN is no chance, if nearly all do; one is enough where its authority or type says
that it is a BSN."""

_LOOKS_LIKE_BSN = 0.9
"""Share of numbers of nine digits that pass the eleven-test from which they are BSNs: of others one in eleven does."""

_LIKELY: Mapping[RejectReason, tuple[Sentence | str, Sentence | str]] = {
    RejectReason.BIRTH_DATE_UNREADABLE: (
        Sentence(
            "epd.csv.date_format (for 31-12-1980 it is %d-%m-%Y)", "epd.csv.date_format (voor 31-12-1980: %d-%m-%Y)"
        ),
        Sentence("the dates in PID-7", "de datums in PID-7"),
    ),
    RejectReason.TIME_UNREADABLE: (
        "epd.csv.changed_format",
        Sentence("EVN-2 and MSH-7 of the feed", "EVN-2 en MSH-7 van de berichtenstroom"),
    ),
    RejectReason.ROW_LENGTH: ("epd.csv.delimiter", ""),
    RejectReason.ROWS_CONTRADICT: (
        Sentence("epd.csv.columns (patient_id and issuer)", "epd.csv.columns (patient_id en issuer)"),
        "",
    ),
    RejectReason.IDENTIFIER_ABSENT: (
        "epd.csv.columns (patient_id)",
        Sentence("PID-3 of the feed", "PID-3 van de berichtenstroom"),
    ),
    RejectReason.IDENTIFIER_SPOILED: (
        Sentence("the export: save the numbers as text", "de export: sla de nummers op als tekst"),
        "",
    ),
    RejectReason.IDENTIFIER_TYPE: ("", "epd.identifier_types"),
    RejectReason.CHARACTER_SET_WRONG: ("epd.csv.encoding", "epd.hl7_encoding"),
    RejectReason.CHARACTER_SET_UNKNOWN: ("epd.csv.encoding", "epd.hl7_encoding"),
    RejectReason.TWO_BSNS: (
        "",
        Sentence("epd.bsn_types and epd.bsn_authorities", "epd.bsn_types en epd.bsn_authorities"),
    ),
    RejectReason.IDENTITY_UNKNOWN: (
        "",
        Sentence(
            "epd.verified.hl7 (pid-31:VALUE or pid-32:VALUE, as this EPD fills them)",
            "epd.verified.hl7 (pid-31:WAARDE of pid-32:WAARDE, zoals dit EPD ze vult)",
        ),
    ),
}
"""Reason -> which setting is likely, for CSV and for HL7 v2."""

_THE_FEED = Sentence("the feed that made it", "de berichtenstroom waaruit het komt")
_THE_EXPORT = Sentence("epd.csv and the export that made it", "epd.csv en de export waaruit het komt")
_OF_BSN = frozenset(
    {RejectReason.BSN_NOT_DIGITS, RejectReason.BSN_WRONG_LENGTH, RejectReason.BSN_ELEVEN_TEST}
)  # of a column that holds something else


class TooManyRejectedError(EpdError):
    """So much of a file is rejected that it was not understood; nothing of the load was applied."""


@dataclass(kw_only=True)
class LoadTally:
    """What was read of one file."""

    file: str
    is_hl7: bool
    records: int = 0
    rejected: Counter[RejectReason] = field(default_factory=Counter)
    met: Counter[str] = field(default_factory=Counter)  # types of identifiers that were met instead
    told: int = 0  # records about a patient
    with_bsn: int = 0
    verified: int = 0
    with_sex: int = 0
    sex_known: int = 0
    named: int = 0
    not_adt: int = 0  # HL7 messages that say nothing about who a patient is
    nine_digits: dict[tuple[str, str], tuple[int, int]] = field(default_factory=dict)
    """By authority and type: how many numbers have nine digits, and how many of them look like a BSN."""
    dates: Collection[str] = ()  # of a table, some birth dates where one could not be read
    relabelled: int = 0  # messages in UTF-8 that name another character set, or none

    def add(self, record: object) -> None:
        """Count one record."""
        if isinstance(record, RejectedRecord):
            self.records += 1
            self.rejected[record.reason] += 1
            self.met.update(record.met.split())
        elif not isinstance(record, Change):
            self.records += 1
            self.not_adt += 1
        elif record.kind not in DOUBTS:  # it was counted as rejected
            self.records += 1
            self._add_news(record)

    def _add_news(self, change: Change) -> None:
        if change.bsn_refused is not None:
            self.rejected[change.bsn_refused] += 1
        if change.kind not in (ChangeKind.UPSERT, ChangeKind.ROW):
            return
        news = change.news
        self.told += 1
        self.with_bsn += bool(news.bsn)
        self.verified += bool(news.verified)
        self.with_sex += news.sex is not None
        self.sex_known += bool(news.sex)
        self.named += news.name is not None and any(news.name)
        if change.kind is ChangeKind.ROW:
            ((authority, value), *_) = change.numbers
            if len(value) == 9 and value.isdigit():
                digits, looks = self.nine_digits.get((authority, ""), (0, 0))
                self.nine_digits[authority, ""] = (digits + 1, looks + passes_eleven_test(value))

    def check(self, most_rejected: float) -> None:
        """Raises `TooManyRejectedError` where a greater share than this is rejected, `EpdError` for an empty table."""
        if not self.records and not self.is_hl7:
            raise EpdError(
                Sentence(
                    f"{self.file} has a header and no records.", f"{self.file} heeft een kopregel en geen registraties."
                ),
                advice=Sentence(
                    "Export it again; nothing was changed.", "Exporteer het opnieuw; er is niets gewijzigd."
                ),
            )
        count = self.rejected.total()
        too_many = count > self.records * most_rejected and (count >= _FEW or (count > 2 and count * 2 > self.records))
        if not too_many:
            return
        reason, most = self.rejected.most_common(1)[0]
        codes = " ".join(code for code, _ in self.met.most_common(5))
        met = Sentence(f" Met: {codes}.", f" Aangetroffen: {codes}.") if codes else Sentence("", "")
        likely = self._likely(reason)
        raise TooManyRejectedError(
            Sentence(
                f"{self.file}: {count} of {self.records} records are rejected, {most} of them as {reason}: "
                f"{SENTENCES[reason].en}{met.en} Nothing was changed.",
                f"{self.file}: {count} van de {self.records} registraties zijn afgewezen, waarvan {most} als "
                f"{reason}: {SENTENCES[reason].nl}{met.nl} Er is niets gewijzigd.",
            ),
            advice=Sentence(
                f"Look at {likely.en}. If the file is right, raise epd.max_rejected.",
                f"Kijk naar {likely.nl}. Is het bestand juist, verhoog dan epd.max_rejected.",
            ),
        )

    def _likely(self, reason: RejectReason) -> Sentence:
        if reason in _OF_BSN:
            return both(
                Sentence("the BSNs of the feed", "de BSN's van de berichtenstroom")
                if self.is_hl7
                else "epd.csv.columns (bsn)"
            )
        forms = likely_forms(self.dates) if reason is RejectReason.BIRTH_DATE_UNREADABLE and not self.is_hl7 else ()
        if forms:
            return Sentence(
                f"epd.csv.date_format: {' or '.join(forms)} reads the dates in this file",
                f"epd.csv.date_format: {' of '.join(forms)} leest de datums in dit bestand",
            )
        likely = _LIKELY.get(reason, ("", ""))[self.is_hl7]
        return both(likely or (_THE_FEED if self.is_hl7 else _THE_EXPORT))

    def hints(self) -> Iterator[Sentence]:
        """What can hardly be as it was read, with the setting that is likely."""
        if self.relabelled:
            yield Sentence(
                f"{self.file}: {self.relabelled} messages are in UTF-8 though MSH-18 names another character set or "
                "none; they were read as UTF-8.",
                f"{self.file}: {self.relabelled} berichten staan in UTF-8 terwijl MSH-18 een andere of geen tekenset "
                "noemt; ze zijn als UTF-8 gelezen.",
            )
        if self.records and self.not_adt == self.records:
            yield Sentence(
                f"{self.file}: not one of {self.records} messages is ADT, so none tells who a patient is.",
                f"{self.file}: niet één van {self.records} berichten is ADT; geen ervan zegt wie een patiënt is.",
            )
        yield from self._hints_of_lookalikes()
        if self.told < _MANY:
            return
        if not self.with_bsn:
            yield from self._without_bsn()
        elif not self.verified:
            setting = "epd.verified.hl7" if self.is_hl7 else "epd.verified.csv_values, epd.csv.columns (bsn_verified)"
            yield Sentence(
                f"{self.file}: not one of {self.with_bsn} BSNs counts as verified; look at {setting}.",
                f"{self.file}: niet één van {self.with_bsn} BSN's geldt als geverifieerd; kijk naar {setting}.",
            )
        if not self.named:
            setting = "epd.name_types" if self.is_hl7 else "epd.csv.columns (surname)"
            yield Sentence(
                f"{self.file}: not one of {self.told} records holds a name that could be read; look at {setting}.",
                f"{self.file}: niet één van {self.told} registraties bevat een leesbare naam; kijk naar {setting}.",
            )
        if self.with_sex and not self.sex_known:
            yield Sentence(
                f"{self.file}: not one sex could be read; look at epd.csv.sex_values, which also serves PID-8.",
                f"{self.file}: geen enkel geslacht was te lezen; kijk naar epd.csv.sex_values (geldt ook voor PID-8).",
            )

    def _without_bsn(self) -> Iterator[Sentence]:
        setting = "epd.bsn_types, epd.bsn_authorities" if self.is_hl7 else "epd.csv.columns (bsn)"
        yield Sentence(
            f"{self.file}: not one of {self.told} records holds a BSN; look at {setting}.",
            f"{self.file}: niet één van {self.told} registraties bevat een BSN; kijk naar {setting}.",
        )

    def _hints_of_lookalikes(self) -> Iterator[Sentence]:
        for (authority, code), (digits, looks) in sorted(self.nine_digits.items()):
            says_so = declares_bsn(authority) or declares_bsn(code)
            if looks < (1 if says_so else _LOOKALIKES) or looks < _LOOKS_LIKE_BSN * digits:
                continue
            what = f"authority {authority or '(-)'}, type {code or '(-)'}"
            wat = f"uitgevende instantie {authority or '(-)'}, soort {code or '(-)'}"
            setting = "epd.bsn_types, epd.bsn_authorities" if self.is_hl7 else "epd.csv.columns"
            yield Sentence(
                f"{self.file}: {looks} of {digits} numbers of nine digits under {what} look like a BSN, and are not "
                f"read as one; look at {setting}.",
                f"{self.file}: {looks} van {digits} nummers van negen cijfers onder {wat} lijken op een BSN en worden "
                f"niet zo gelezen; kijk naar {setting}.",
            )


def hints_of(tallies: Iterable[LoadTally]) -> tuple[Sentence, ...]:
    """The hints about every file."""
    return tuple(hint for tally in tallies for hint in tally.hints())
