"""The EPD's patients in the ledger's database: takes changes, answers who a study may be of; reads no files.

Meets the port `Registry`. BSN, name and birth date are sealed; look-ups go by keyed pseudonyms.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from remediate.epd import changed_keys, listing, rival_index
from remediate.epd import registry_rows as rows
from remediate.epd.changes import Change, Number
from remediate.epd.concealed import Concealed
from remediate.epd.hl7.moments import in_order_of_time
from remediate.epd.hl7.time import wall_clock
from remediate.epd.reasons import RejectedRecord
from remediate.epd.record import Known
from remediate.epd.registry_lookup import BSN_KIND, Lead, Lookup, person, seal, unseal
from remediate.epd.registry_rows import NumberRow
from remediate.epd.replay import NumberStanding, Replay, touched
from remediate.epd.rival_index import Entry, RivalIndex
from remediate.errors import EpdError
from remediate.identity.bsn import Bsn, problem_of
from remediate.identity.number_spelling import AS_WRITTEN, NumberSpelling
from remediate.identity.patients import LocalId, Patient
from remediate.identity.verdicts import Asked, Candidates
from remediate.ledger.database import Database
from remediate.ledger.decisions import forget_all
from remediate.ledger.keys import Keys
from remediate.ledger.times import utc_text
from remediate.texts.language import Sentence


def hash_of_live(connection: Connection) -> bytes:
    """SHA-256 over every number that leads to a live patient: its own record, or where it leads and how."""
    pointing = rows.links(connection)
    leads = {key: _follow(key, pointing) for key in pointing}
    roots = rows.names_of_ids(connection, {root for root, _ in leads.values()})
    total = hashlib.sha256()
    for row in rows.every_number(connection):
        line: tuple[str, ...] = (row.authority, row.value)
        if row.live:
            line += (row.content,)
        elif row.id in leads and leads[row.id][0] in roots:
            root, merged = leads[row.id]
            line += (*roots[root], "merged" if merged else "beside")
        else:
            continue
        total.update("\x1f".join(line).encode() + b"\n")
    return total.digest()


def _follow(key: int, pointing: dict[int, tuple[int, bool]]) -> tuple[int, bool]:
    merged = False
    while key in pointing:
        key, given_up = pointing[key]
        merged = merged or given_up
    return key, merged


_CONTENT, _SNAPSHOT = "epd-content", "epd-snapshot"


class SqlRegistry:
    """The registry. `default_issuer` is the authority of hospital numbers that name none.

    Numbers are kept as the EPD writes them; `numbers` says which of them a number leads to that is looked up.
    """

    def __init__(
        self, database: Database, keys: Keys, default_issuer: str = "", numbers: NumberSpelling = AS_WRITTEN
    ) -> None:
        self._database = database
        self._keys = keys
        self._concealed = Concealed(keys)
        self._rivals = RivalIndex(keys)
        self.default_issuer = default_issuer
        self.numbers = numbers

    def __repr__(self) -> str:
        return f"SqlRegistry({self._database!r})"

    # --- loading ---------------------------------------------------------------------------------------------------

    def begin_load(self, rule: str) -> None:
        """Say under which settings the changes to come were read (`rule` is a short mark of them).

        After other settings, nothing counts as verified until its records were loaded again. Raises `EpdError` when
        the registry holds numbers under another default issuer: they would all be there twice.
        """
        with self._database.begin() as connection:
            head = rows.head(connection)
            if head.revision and head.default_issuer != self.default_issuer and rows.highest_id(connection):
                raise EpdError(
                    Sentence(
                        "The registry was loaded with another epd.default_issuer.",
                        "Het register is geladen met een andere epd.default_issuer.",
                    ),
                    advice=Sentence(
                        "Set it back, or load the files into a new ledger.",
                        "Zet die terug, of laad de bestanden in een nieuw logboek.",
                    ),
                )
            if not head.revision or (head.rule, head.default_issuer) != (rule, self.default_issuer):
                rows.save_settings(connection, rule=rule, default_issuer=self.default_issuer)
                forget_all(connection)
            if head.rival_keys != rival_index.VERSION:
                self._find_rivals_anew(connection)

    def _find_rivals_anew(self, connection: Connection) -> None:
        """Make the keys of all numbers: another release made them, or none."""
        for found in rows.every_row(connection):
            clear = map(self._concealed.in_clear, found)
            self._rivals.keep(connection, {row.id: Entry(row.value, self._person_in(row)) for row in clear})
        rows.save_rival_keys(connection, rival_index.VERSION)
        forget_all(connection)

    def _person_in(self, row: NumberRow) -> Patient | None:
        return person((row.authority, row.value), unseal(self._keys, row).known()) if row.live else None

    def forget_rejected(self, file: str) -> None:
        """Drop the rejections of an earlier reading of this file."""
        with self._database.begin() as connection:
            rows.forget_rejected(connection, file)

    def apply(
        self,
        changes: Sequence[Change],
        rejected: Sequence[RejectedRecord],
        *,
        file: str,
        now: datetime,
        listed: listing.Listed | None = None,
    ) -> tuple[RejectedRecord, ...]:
        """Apply changes in their order and keep what was rejected, in one transaction.

        The numbers that the changes name are added to `listed`. Answers the changes that could not be applied, which
        are kept as rejected too. Raises `LedgerError`.
        """
        with self._database.begin() as connection:
            rule = rows.raise_revision(connection)
            standings = _Standings(connection, self._keys, changes)
            replay = Replay(standings.find, rule=rule, rows_at=wall_clock(now))
            refused = []
            for change in in_order_of_time(changes):
                reason = replay.apply(change)
                if reason is not None:
                    refused.append(RejectedRecord(file=file, line=change.line, reason=reason))
            self._write(connection, touched(standings.all()))
            _keep_rejected(connection, (*rejected, *refused), now)
        if listed is not None:
            for number in {number for change in changes for number in change.numbers}:
                listed.add(standings.find(number).id, number)
        return tuple(refused)

    def doubt_unlisted(self, listed: listing.Listed, *, now: datetime, chunk: int, accept: bool = False) -> int:
        """Nothing about the patients that are not `listed` counts as verified from now on; answers how many they are.

        Raises `TooManyMissingError`, and changes nothing, when so many are missing that the files can hardly be a full
        snapshot, unless that is to be accepted.
        """
        with self._database.read() as connection:
            missing, held = listing.unlisted(connection, listed)
        if listing.too_many(len(missing), held) and not accept:
            raise listing.TooManyMissingError(
                Sentence(
                    f"The snapshot lacks {len(missing)} of {held} patients. What it says was loaded; nobody was taken "
                    "as missing.",
                    f"In de momentopname ontbreken {len(missing)} van de {held} patiënten. Wat erin staat, is geladen; "
                    "niemand is als ontbrekend aangemerkt.",
                ),
                advice=Sentence(
                    "An increment is loaded without --snapshot. If the snapshot is right, add --accept-missing.",
                    "Een aanvulling laadt u zonder --snapshot. Is de momentopname juist, geef dan --accept-missing.",
                ),
            )
        for keys in rows.batches(missing, chunk):
            with self._database.read() as connection:
                found = [self._concealed.in_clear(row) for row in rows.rows_of_ids(connection, keys)]
            self.apply(listing.doubts((row.authority, row.value) for row in found), (), file="", now=now)
        return len(missing)

    def _write(self, connection: Connection, standings: list[NumberStanding]) -> None:
        new = [(standing, _known(standing)) for standing in standings if standing.is_new]
        held = [(standing, _known(standing)) for standing in standings if not standing.is_new]
        changed_keys.note(connection, [standing.id for standing, _ in held])
        rows.insert_numbers(connection, [self._row(*each) for each in new])
        rows.update_numbers(connection, [self._row(*each) for each in held])
        self._rivals.add(connection, {standing.id: _entry(standing, known) for standing, known in new})
        self._rivals.keep(connection, {standing.id: _entry(standing, known) for standing, known in held})
        changed_keys.note(connection, [standing.id for standing in standings])

    def _row(self, standing: NumberStanding, known: Known | None) -> dict[str, object]:
        record, keys = standing.record, self._keys
        authority, value = self._concealed.stored(standing.number)
        row: dict[str, object] = {
            "id": standing.id,
            "authority": authority,
            "value": value,
            "points_to": None if standing.points_to is None else standing.points_to.id,
            "merged": int(standing.merged),
            "standing_at": standing.at,
            "refused": ",".join(sorted(standing.refused)),
            "doubtful_at": standing.doubtful_at,
            "live": int(known is not None),
            "record": None if record is None else seal(keys, standing.number, record),
            "content": "",
            "bsn": None,
        }
        if record is not None and known is not None:
            row["content"] = keys.pseudonym(_CONTENT, f"{record.rule}|{known.content()}")
            row["bsn"] = keys.pseudonym(BSN_KIND, known.bsn) if problem_of(known.bsn) is None else None
        return row

    # --- looking up ------------------------------------------------------------------------------------------------

    def candidates(self, local_id: LocalId | None, claims: Sequence[Bsn]) -> Candidates:
        """The live patients to which a study's identifiers lead."""
        return self.candidates_many([Asked(local_id, tuple(claims))])[0]

    def candidates_many(self, asked: Sequence[Asked]) -> Sequence[Candidates]:
        """The same for many studies in few queries, in order, with who else may be meant.

        Raises `EpdError` when another version loaded the registry, which kept other keys by which those are found.
        """
        with self._database.read() as connection:
            lookup = Lookup(connection, self._keys)
            spellings = self._find_numbers(lookup, connection, {one.local_id for one in asked})
            by_digits = lookup.find_claims({claim.digits for one in asked for claim in one.claims})
            patients = lookup.patients()
            keys_of_rivals = [self._rivals.keys(one.keys or ()) for one in asked]
            rivals = self._rivals.find(connection, keys_of_rivals)
            people = lookup.people(frozenset().union(*rivals), patients)
        answers = []
        for (local, claims, keys), asked_keys, others in zip(asked, keys_of_rivals, rivals, strict=True):
            leads = [lead for lead in lookup.lead_of(spellings.get(local, ())) if lead.root in patients]
            holders = dict.fromkeys(key for claim in claims for key in by_digits[claim.digits])
            others -= {lead.root for lead in leads if lead.root is not None}
            answers.append(
                Candidates(
                    by_patient_id=tuple(_led_to(patients[lead.root], lead) for lead in leads if lead.root is not None),
                    by_merged_id=any(lead.merged for lead in leads),
                    by_claim=tuple(patients[key] for key in holders),
                    rivals=None if keys is None else tuple(people[key] for key in sorted(others)),
                    asked=(
                        *asked_keys,
                        *(() if local is None else (self._rivals.key_of_number(local.value),)),
                        *lookup.bsn_keys(claims, {*holders, *(lead.root for lead in leads)}),
                    ),
                )
            )
        return answers

    def _find_numbers(
        self, lookup: Lookup, connection: Connection, asked: Iterable[LocalId | None]
    ) -> Mapping[LocalId | None, Sequence[LocalId]]:
        """Read the rows of numbers in all their spellings; answers under which numbers the EPD has each."""
        wanted = {number for number in asked if number is not None}
        if self.numbers.is_as_written:
            lookup.find((number.authority, number.value) for number in wanted)
            return {number: (number,) for number in wanted}
        compared = {number: self.numbers.of(number) for number in wanted}
        lookup.find_ids(self._rivals.find_spellings(connection, (number.value for number in wanted)))
        spellings: dict[LocalId, list[LocalId]] = defaultdict(list)
        for known in lookup.numbers():
            spellings[self.numbers.of(known)].append(known)
        return {number: spellings[one] for number, one in compared.items()}

    def shared_spellings(self, numbers: Iterable[Number]) -> frozenset[LocalId]:
        """Which of these numbers, as they are compared, are one with a number of another live patient."""
        if self.numbers.is_as_written:
            return frozenset()
        asked = frozenset(self.numbers.of(LocalId(value=value, authority=authority)) for authority, value in numbers)
        with self._database.read() as connection:
            lookup = Lookup(connection, self._keys)
            spellings = self._find_numbers(lookup, connection, asked)
            return frozenset(number for number in asked if len(lookup.lead_of(spellings[number])) > 1)

    def spellings(self, values: Iterable[str]) -> Mapping[LocalId, Patient]:
        """Every number that leads to a live patient and is one of these under some setting, and perhaps others."""
        with self._database.read() as connection:
            lookup = Lookup(connection, self._keys)
            lookup.find_ids(self._rivals.find_spellings(connection, values))
            patients = lookup.patients()
            leads = {number: lookup.lead((number.authority, number.value)) for number in lookup.numbers()}
        return {number: patients[lead.root] for number, lead in leads.items() if lead.root in patients}

    def patient(self, local_id: LocalId) -> Patient | None:
        """The live patient with this number, merged numbers included; None when there is none, or more than one."""
        found = self.patients_of(local_id)
        return found[0] if len(found) == 1 else None

    def patients_of(self, local_id: LocalId) -> tuple[Patient, ...]:
        """Every live patient with this number under the settings, merged numbers included."""
        return self.candidates(local_id, ()).by_patient_id

    def given_up_with_bsn(self, patient: Patient) -> Mapping[LocalId, Bsn]:
        """The numbers given up for this patient under which another BSN was told than the patient has, if any."""
        with self._database.read() as connection:
            lookup = Lookup(connection, self._keys)
            lookup.find((number.authority, number.value) for number in patient.identifiers)
            told = lookup.given_up()
        return {number: bsn for number, bsn in told.items() if bsn != patient.bsn}

    def patients(self) -> int:
        """How many live patients there are."""
        with self._database.read() as connection:
            return rows.count_live(connection)

    def snapshot_digest(self) -> str:
        """Keyed digest (base32) over every live patient with its numbers.

        The same patients give the same digest, however and in whichever order they came to be known.
        """
        with self._database.read() as connection:
            head = rows.head(connection)
            if head.digest:
                return head.digest
            digest = self._keys.digest(_SNAPSHOT, head.rule.encode() + hash_of_live(connection))
        if head.revision:
            with self._database.begin() as connection:
                rows.keep_digest(connection, head.revision, digest)
        return digest


def _known(standing: NumberStanding) -> Known | None:
    """What is known of the live patient under a number; None where none is kept."""
    return standing.record.known() if standing.is_live and standing.record is not None else None


def _entry(standing: NumberStanding, known: Known | None) -> Entry:
    """A number, and its patient as far as a rival is known."""
    return Entry(standing.number[1], None if known is None else person(standing.number, known))


def _led_to(patient: Patient, lead: Lead) -> Patient:
    """Through a number of which it is in doubt whose it is, no BSN is verified."""
    return replace(patient, bsn_verified=False) if lead.doubtful else patient


class _Standings:
    """The numbers of a chunk, and those to which they lead."""

    def __init__(self, connection: Connection, keys: Keys, changes: Iterable[Change]) -> None:
        self._keys = keys
        self._concealed = Concealed(keys)
        self._next_id = rows.highest_id(connection) + 1
        self._by_number: dict[Number, NumberStanding] = {}
        self._by_id: dict[int, NumberStanding] = {}
        wanted = {number for change in changes for number in (*change.numbers, *change.prior)}
        self._links: dict[int, int] = {}
        self._follow(connection, rows.rows_of_numbers(connection, self._concealed.all_stored(wanted)))
        self._follow(connection, rows.rows_beside(connection, list(self._by_id)))
        for key, points_to in self._links.items():
            standing, other = self._by_id[key], self._by_id[points_to]
            standing.points_to = other
            if not standing.merged:
                other.beside.add(standing)

    def _follow(self, connection: Connection, found: list[NumberRow]) -> None:
        """Take rows and all to which they lead."""
        while found:
            self._links |= {row.id: row.points_to for row in found if row.points_to is not None}
            for row in found:
                if row.id not in self._by_id:
                    self._take(row)
            found = rows.rows_of_ids(connection, {to for to in self._links.values() if to not in self._by_id})

    def _take(self, stored: NumberRow) -> None:
        row = self._concealed.in_clear(stored)
        number = (row.authority, row.value)
        record = None if row.record is None else unseal(self._keys, row)
        standing = NumberStanding(id=row.id, number=number, merged=bool(row.merged), at=row.standing_at, record=record)
        standing.refused, standing.doubtful_at = frozenset(filter(None, row.refused.split(","))), row.doubtful_at
        standing.deleted = record is not None and row.points_to is None and not row.live
        self._by_number[number] = self._by_id[row.id] = standing

    def find(self, number: Number) -> NumberStanding:
        """The number as it stands; a new one when the registry does not hold it."""
        standing = self._by_number.get(number)
        if standing is None:
            standing = NumberStanding(id=self._next_id, number=number, is_new=True)
            self._next_id += 1
            self._by_number[number] = standing
        return standing

    def all(self) -> Iterable[NumberStanding]:
        """Every number of the chunk."""
        return (*self._by_number.values(),)


def _keep_rejected(connection: Connection, rejected: Iterable[RejectedRecord], now: datetime) -> None:
    moment = utc_text(now)
    rows.insert_rejected(
        connection,
        [{"file": item.file, "line": item.line, "reason": item.reason.value, "loaded_at": moment} for item in rejected],
    )
