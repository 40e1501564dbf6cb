"""What the registry holds about one patient, and how news changes it: the newest word on each field counts.

Each field keeps the time of the message that set it, so the outcome does not depend on the order in which files are
loaded, and a record that is read again changes nothing. Values only; sealing is the registry's.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from remediate.epd.changes import NO_NAME, NameParts, News

_SEPARATOR = "\x1f"
_FIELDS = 21
_MARKS_KEPT = 32


@dataclass(slots=True, kw_only=True)
class Record:
    """Mutable while a chunk is applied. Times as in `Change.at`; 0 for what no timed message has set."""

    name: NameParts = field(default=NO_NAME, repr=False)
    birth_date: str = field(default="", repr=False)  # YYYYMMDD or ""
    sex: str = ""
    bsn: str = field(default="", repr=False)  # as `News.bsn`
    bsn_birth_date: str = field(default="", repr=False)  # in the record that told the BSN; "" when it held none
    told_verified: bool = False
    at: int = 0  # of the newest message
    name_at: int = 0
    birth_date_at: int = 0
    sex_at: int = 0
    bsn_at: int = 0
    verified_at: int = 0
    marks: tuple[str, ...] = ()  # of the messages of the time `at`
    row_mark: str = ""  # of the last row of CSV
    rule: str = ""  # mark of the settings under which the record was read

    @property
    def is_blank(self) -> bool:
        """Whether nothing was ever said about this patient, not even that nothing is known any more."""
        told = self.name_at or self.birth_date_at or self.sex_at or self.bsn_at
        return not (told or any(self.name) or self.birth_date or self.sex or self.bsn)

    @property
    def verified(self) -> bool:
        """Whether the BSN counts as verified: not when it was told about somebody born on another day.

        A number that is given out anew would otherwise pass on the BSN of the patient before, for as long as messages
        about the new one name none.
        """
        same_person = not self.bsn_birth_date or not self.birth_date or self.bsn_birth_date == self.birth_date
        return self.told_verified and same_person

    def content(self) -> str:
        """The patient as the EPD sees it, without how we came to know; control characters cannot stand in it."""
        verified = "1" if self.verified else "0"
        return _SEPARATOR.join((*self.name, self.birth_date, self.sex, self.bsn, verified))

    def read_under(self, rule: str) -> None:
        """Under other settings than before, what was learned has to be learned again; until then nothing is verified.

        What is held stays, but every message is news again, also those that were applied under the old settings.
        """
        if self.rule != rule:
            self.told_verified, self.marks, self.row_mark, self.rule = False, (), "", rule
            self.at = self.name_at = self.birth_date_at = self.sex_at = self.bsn_at = self.verified_at = 0

    def pack(self) -> bytes:
        """All fields for storage."""
        times = f"{self.at}\x1f{self.name_at}\x1f{self.birth_date_at}\x1f{self.sex_at}\x1f{self.bsn_at}"
        read = f"{self.verified_at}\x1f{','.join(self.marks)}\x1f{self.row_mark}\x1f{self.rule}"
        told = f"{self.bsn_birth_date}\x1f{'1' if self.told_verified else '0'}"
        return f"{self.content()}\x1f{times}\x1f{read}\x1f{told}".encode()

    def take_over(self, other: Record) -> None:
        """Hold what was known under a number that was given up, until this patient's own records say anything."""
        self.name, self.birth_date, self.sex = other.name, other.birth_date, other.sex
        self.bsn, self.bsn_birth_date = other.bsn, other.bsn_birth_date
        if not self.verified_at:
            self.told_verified = other.told_verified

    def apply_message(self, news: News, at: int, mark: str) -> bool:
        """Take news of a message of time `at`; False when nothing changes.

        Of two messages of the same time the later one in the file wins; one that was applied before says nothing.
        """
        if at == self.at and mark in self.marks:
            return False
        newest = at >= self.at
        self._set_fields(news, at, newest)
        if at > self.at:
            self.at, self.marks = at, (mark,)
        elif newest:
            self.marks = (*self.marks, mark)[-_MARKS_KEPT:]
        return True

    def apply_row(self, news: News, mark: str) -> bool:
        """Take a row of CSV, which holds for as long as no newer message speaks; False when the last row said so."""
        if mark == self.row_mark:
            return False
        if news.bsn is not None:
            self.told_verified = self.told_verified and news.bsn == self.bsn
            self.bsn, self.bsn_birth_date = news.bsn, news.birth_date or ""
        self.name = self.name if news.name is None else news.name
        self.birth_date = self.birth_date if news.birth_date is None else news.birth_date
        self.sex = self.sex if news.sex is None else news.sex
        self.told_verified = self.told_verified if news.verified is None else news.verified
        self.row_mark = mark
        return True

    def _set_fields(self, news: News, at: int, newest: bool) -> None:
        def wins(held_at: int) -> bool:
            return at > held_at or (newest and at == held_at)

        if news.name is not None and wins(self.name_at):
            self.name, self.name_at = news.name, at
        if news.birth_date is not None and wins(self.birth_date_at):
            self.birth_date, self.birth_date_at = news.birth_date, at
        if news.sex is not None and wins(self.sex_at):
            self.sex, self.sex_at = news.sex, at
        if news.bsn is not None and wins(self.bsn_at):
            self._set_bsn(news, at, news.bsn)
        elif news.verified is not None and wins(self.verified_at):
            self.told_verified, self.verified_at = news.verified, at

    def _set_bsn(self, news: News, at: int, bsn: str) -> None:
        """Another BSN is verified only when its own message says so, or a newer one did."""
        changed = bsn != self.bsn
        self.bsn, self.bsn_birth_date, self.bsn_at = bsn, news.birth_date or "", at
        if at >= self.verified_at and (changed or news.verified is not None):
            self.told_verified, self.verified_at = bool(news.verified), at


def unpack(packed: bytes) -> Record:
    """The record that `Record.pack` wrote."""
    parts = packed.decode().split(_SEPARATOR)
    if len(parts) != _FIELDS:
        raise ValueError("not a packed record")
    times = [int(text) for text in parts[10:16]]
    return Record(
        name=NameParts(*parts[:6]),
        birth_date=parts[6],
        sex=parts[7],
        bsn=parts[8],
        at=times[0],
        name_at=times[1],
        birth_date_at=times[2],
        sex_at=times[3],
        bsn_at=times[4],
        verified_at=times[5],
        marks=tuple(filter(None, parts[16].split(","))),
        row_mark=parts[17],
        rule=parts[18],
        bsn_birth_date=parts[19],
        told_verified=parts[20] == "1",
    )
