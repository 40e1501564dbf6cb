"""Applies changes to numbers and records in memory: updates, merges in any order, repeats; knows no database.

Each number keeps where it stands (in use, or given up in favour of another) with the time of the message that said
so; the newest word counts. A merge says of its survivor that it is in use, so links never lead back in time, and a
loop can only arise among merges of one moment. There the first in the file counts and what contradicts it is refused.

A number that was merged comes back to life when a later message names it as a patient of its own (an undone merge, or
a number given out anew). A CSV row never does that. Survivors keep their own data; only a survivor of whom nothing
was known takes over what was known under the old number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from remediate.epd.changes import NOTHING_HELD, UNVERIFIED, Change, Kind, Number, mark_of
from remediate.epd.reasons import RejectReason
from remediate.epd.record import Record


@dataclass(slots=True, kw_only=True, eq=False)
class Standing:
    """One number while a chunk is applied."""

    id: int
    number: Number
    points_to: Standing | None = None
    merged: bool = False
    at: int = 0  # time of the message that decided `points_to` and `merged`
    deleted: bool = False
    refused: frozenset[str] = frozenset()  # marks of the merges of this number that were refused
    record: Record | None = field(default=None, repr=False)
    is_new: bool = False
    moved: bool = False  # where it stands was changed
    said: bool = False  # its record was changed

    @property
    def is_live(self) -> bool:
        """Whether a live patient is kept under this number."""
        return self.points_to is None and not self.deleted and self.record is not None

    def root(self) -> Standing:
        """The number under which this number's patient is kept."""
        found = self
        while found.points_to is not None:
            found = found.points_to
        return found

    def patient_number(self) -> Standing:
        """The same, but only through numbers in use beside each other, not through merges."""
        found = self
        while found.points_to is not None and not found.merged:
            found = found.points_to
        return found

    def stand(self, points_to: Standing | None, at: int, *, merged: bool) -> None:
        """Decide where the number stands from `at` on."""
        self.points_to, self.merged, self.at, self.deleted, self.moved = points_to, merged, at, False, True


class Replay:
    """The numbers that a chunk of changes touches; `find` gives one, made when the registry does not hold it."""

    def __init__(self, find: Callable[[Number], Standing], *, rule: str) -> None:
        self._find = find
        self._rule = rule  # mark of the settings under which the changes were read

    def apply(self, change: Change) -> RejectReason | None:
        """Apply one change; answers why it could not be."""
        if not change.mark:
            change = change._replace(mark=mark_of(change.news))
        match change.kind:
            case Kind.UPSERT:
                return self._upsert(change)
            case Kind.MERGE:
                return self._merge(change)
            case Kind.DELETE:
                self._delete(change)
            case Kind.DOUBT:
                self._doubt(change)
        return None

    def _upsert(self, change: Change) -> RejectReason | None:
        standings = [self._find(number) for number in change.numbers]
        own = standings[0].patient_number()
        if change.at is None and self._record(own).row_mark == change.mark:
            return None  # the last CSV said the same: no news, also where messages went further since
        target = self._settle(standings, change.at)
        if target is not None:
            self._say(target, change)
            return None
        if change.at is None:
            return RejectReason.ROW_OF_MERGED_NUMBER
        # Older than the merge that gave the number up: kept in case that is undone.
        if self._say(own, change):
            self._take_over(own.root(), own)
        return None

    def _settle(self, standings: list[Standing], at: int | None) -> Standing | None:
        """Make the numbers of one record the numbers of one patient, so far as no newer message says otherwise.

        Answers the number under which the patient is kept, None when a newer merge gave all of them up.
        """
        for standing in standings:
            if standing.is_new and standing.points_to is None and standing.at == 0 and at is not None:
                standing.at = at
        in_use = [standing.patient_number() for standing in standings]
        kept = {standing for standing in in_use if not standing.merged}
        for standing in in_use:
            if standing.merged and at is not None and at > standing.at and standing.root() not in kept:
                standing.stand(None, at, merged=False)
        roots = [standing for standing in in_use if not standing.merged]
        if not roots:
            return None
        target = next((standing for standing in roots if standing.is_live), roots[0])
        for other in roots:
            if other is not target and other.points_to is None and (at is None or at >= other.at):
                other.stand(target, other.at if at is None else at, merged=False)
        moment = target.at if at is None else at
        if moment > target.at or (target.deleted and moment == target.at):
            target.stand(None, moment, merged=False)
        return target

    def _merge(self, change: Change) -> RejectReason | None:
        at = change.at or 0
        survivors = [self._find(number) for number in change.numbers]
        priors = [self._find(number) for number in change.prior]
        self._promote(survivors[0], priors, at)
        target = self._settle(survivors, at) or survivors[0].patient_number()
        moving = [prior for prior in priors if at > prior.at or (at == prior.at and not prior.merged)]
        gone_elsewhere = any(at == prior.at and prior.merged and prior.points_to is not target for prior in priors)
        refused = (
            gone_elsewhere
            or any(self._leads_to(target, prior) for prior in moving)
            or any(change.mark in prior.refused for prior in priors)  # read again: what was refused stays refused
        )
        for prior in () if refused else moving:
            self._take_over(target, prior)
            prior.stand(target, at, merged=True)
        self._say(target, change)  # the survivor is in use, also where its merge is refused
        if refused:
            for prior in priors:
                prior.moved |= change.mark not in prior.refused
                prior.refused |= {change.mark}
            return RejectReason.MERGE_CONTRADICTS
        return None

    def _promote(self, survivor: Standing, priors: list[Standing], at: int) -> None:
        """Of one patient's two numbers the one that was kept under the other survives it."""
        kept_under = survivor.patient_number()
        if kept_under in priors and kept_under is not survivor and at >= survivor.at:
            survivor.record, survivor.said = replace(self._record(kept_under)), True
            survivor.stand(None, at, merged=False)

    def _leads_to(self, start: Standing, end: Standing) -> bool:
        found: Standing | None = start
        while found is not None:
            if found is end:
                return True
            found = found.points_to
        return False

    def _delete(self, change: Change) -> None:
        """Nobody has these numbers any more. Nothing of what was held is passed on to whom they are given next."""
        at = change.at or 0
        for number in change.numbers:
            standing = self._find(number).patient_number()
            self._say(standing, change._replace(news=NOTHING_HELD))
            if at > standing.at or (at == standing.at and not standing.merged):
                standing.stand(None, at, merged=False)
                standing.deleted = True

    def _doubt(self, change: Change) -> None:
        """Nothing is verified about whoever has these numbers, until a newer record says so."""
        for number in change.numbers:
            self._upsert(change._replace(numbers=(number,), news=UNVERIFIED))

    def _take_over(self, survivor: Standing, prior: Standing) -> None:
        if prior.record is not None and self._record(survivor).is_blank:
            self._record(survivor).take_over(self._record(prior))
            survivor.said = True

    def _record(self, standing: Standing) -> Record:
        """The record under a number, made when there is none yet."""
        if standing.record is None:
            standing.record = Record(rule=self._rule)
        standing.record.read_under(self._rule)
        return standing.record

    def _say(self, target: Standing, change: Change) -> bool:
        """Put the news into a record; False when it is none."""
        record = self._record(target)
        if change.at is None:
            news = record.apply_row(change.news, change.mark)
        else:
            news = record.apply_message(change.news, change.at, change.mark)
        target.said |= news
        return news


def touched(standings: Iterable[Standing]) -> list[Standing]:
    """Those that must be written."""
    return [standing for standing in standings if standing.is_new or standing.moved or standing.said]
