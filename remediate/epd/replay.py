"""Applies changes to numbers and records in memory: updates, merges in any order, repeats; knows no database.

Each number keeps where it stands (in use, or given up in favour of another) with the time of the message that said
so; the newest word counts. A merge says of its survivor that it is in use, so links never lead back in time, and a
loop can only arise among merges of one moment. There the first counts, what contradicts it is refused, and no number
among them leads to a BSN until a newer message names it.

Changes come in the order of `moments.in_order_of_time`, in which where messages of one moment stand has no part.

A number that was merged comes back to life when a later message names it as a patient of its own (an undone merge, or
a number given out anew). A CSV row never does that. Survivors keep their own data; only a survivor of whom nothing
was known takes over what was known under the old number.

Numbers that one record lists stand beside each other for as long as every record that names one names the other. Once
one does not, or in the same moment, they are parted, and what was told while they stood together is in doubt.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from remediate.epd.changes import NOTHING_HELD, UNVERIFIED, Change, ChangeKind, News, Number, mark_of
from remediate.epd.reasons import RejectReason
from remediate.epd.record import Record


@dataclass(slots=True, kw_only=True, eq=False)
class NumberStanding:
    """One number while a chunk is applied."""

    id: int
    number: Number
    points_to: NumberStanding | None = None
    merged: bool = False
    at: int = 0  # time of the message that decided `points_to` and `merged`
    deleted: bool = False
    refused: frozenset[str] = frozenset()  # marks of the merges of this number that were refused
    doubtful_at: int = -1  # time of messages that contradict each other about where the number stands
    record: Record | None = field(default=None, repr=False)
    beside: set[NumberStanding] = field(default_factory=set, repr=False)  # numbers that point to this one, not merged
    is_new: bool = False
    moved: bool = False  # where it stands was changed
    said: bool = False  # its record was changed

    @property
    def is_live(self) -> bool:
        """Whether a live patient is kept under this number."""
        return self.points_to is None and not self.deleted and self.record is not None

    @property
    def is_doubtful(self) -> bool:
        """Whether the newest messages contradict each other about where the number stands."""
        return self.doubtful_at >= self.at

    def root(self) -> NumberStanding:
        """The number under which this number's patient is kept."""
        found = self
        while found.points_to is not None:
            found = found.points_to
        return found

    def patient_number(self) -> NumberStanding:
        """The same, but only through numbers in use beside each other, not through merges."""
        found = self
        while found.points_to is not None and not found.merged:
            found = found.points_to
        return found

    def among(self, named: set[NumberStanding]) -> NumberStanding:
        """Of the numbers that a record names the one under which this one's patient is: itself, or one beside it."""
        beside = self.points_to if not self.merged else None
        return beside if beside is not None and beside in named else self

    def stand(self, points_to: NumberStanding | None, at: int, *, merged: bool) -> None:
        """Decide where the number stands from `at` on."""
        if self.points_to is not None:
            self.points_to.beside.discard(self)
        if points_to is not None and not merged:
            points_to.beside.add(self)
        self.points_to, self.merged, self.at, self.deleted, self.moved = points_to, merged, at, False, True

    def doubt(self, at: int) -> None:
        """Messages of the moment `at` contradict each other about this number."""
        if at > self.doubtful_at:
            self.doubtful_at, self.moved = at, True


class Replay:
    """The numbers that a chunk of changes touches; `find` gives one, made when the registry does not hold it.

    `rule` marks the settings under which the changes were read; `rows_at` is when rows of CSV hold that name no time.
    """

    def __init__(self, find: Callable[[Number], NumberStanding], *, rule: str, rows_at: int = 0) -> None:
        self._find = find
        self._rule = rule
        self._rows_at = rows_at

    def apply(self, change: Change) -> RejectReason | None:
        """Apply one change; answers why it could not be."""
        if not change.mark:
            change = change._replace(mark=mark_of(change.news))
        if (
            change.kind in (ChangeKind.ROW, ChangeKind.ROW_DOUBT) and change.at is not None
        ):  # the same again, at another moment, is news
            change = change._replace(mark=f"{change.mark}@{change.at}")
        match change.kind:
            case ChangeKind.UPSERT:
                return self._upsert(change)
            case ChangeKind.ROW | ChangeKind.ROW_DOUBT:
                return self._row(change)
            case ChangeKind.MERGE | ChangeKind.RENUMBER:
                return self._merge(change)
            case ChangeKind.DELETE:
                self._delete(change)
            case ChangeKind.DOUBT:
                self._doubt(change)
            case ChangeKind.PART:
                self._part({self._find(number) for number in change.numbers}, change.at or 0)
                self._doubt(change)
        return None

    def _upsert(self, change: Change) -> RejectReason | None:
        at = change.at or 0
        standings = [self._find(number) for number in change.numbers]
        self._part(set(standings), at)
        own = standings[0].among(set(standings))
        target = self._settle(standings, at)
        if target is not None:
            self._say(target, change)
            return None
        # Older than the merge that gave the number up: kept in case that is undone.
        if self._say(own, change):
            self._pass_on(own)
        return None

    def _row(self, change: Change) -> RejectReason | None:
        """A row of CSV speaks of one number, and leaves where numbers stand to the messages."""
        standing = self._find(change.numbers[0])
        record = self._record(standing)
        if record.row_mark == change.mark:
            return None  # the last CSV said the same: no news, also where messages went further since
        if standing.merged:
            return RejectReason.ROW_OF_MERGED_NUMBER
        at = self._rows_at if change.at is None else change.at
        self._part({standing}, at)
        if standing.points_to is None and standing.deleted and at >= standing.at:
            standing.stand(None, standing.at, merged=False)
        standing.said |= record.apply_row(change.news, at, change.mark, dated=change.at is not None)
        return None

    def _settle(self, standings: list[NumberStanding], at: int) -> NumberStanding | None:
        """Make the numbers of one record the numbers of one patient, so far as no newer message says otherwise.

        Answers the number under which the patient is kept, None when a newer merge gave all of them up.
        """
        named = set(standings)
        for standing in named:
            if not standing.merged and standing.points_to in named and at > standing.at:
                standing.stand(standing.points_to, at, merged=False)
        self._revive_named(named, at)
        in_use = dict.fromkeys(standing.among(named) for standing in standings)
        roots = [standing for standing in in_use if not standing.merged]
        if not roots:
            return None
        target, *others = roots
        apart = bool(others) and not all(self._is_news(standing, at) for standing in roots)
        if at > target.at or (target.deleted and at == target.at):
            target.stand(None, at, merged=False)
        for other in others:
            if not apart or at > other.at:
                other.stand(None if apart else target, at, merged=False)
        for standing in roots if apart else ():  # some were named since, or in this moment, without the others
            self._cast_doubt(standing, at)
        return target

    def _revive_named(self, named: set[NumberStanding], at: int) -> None:
        """Numbers that were given up before are in use again, unless their survivor is named beside them."""
        in_use = {standing.among(named) for standing in named}
        kept = {standing for standing in in_use if not standing.merged}
        for standing in in_use:
            if not standing.merged or at < standing.at:
                continue
            if standing.root() in kept:
                standing.at, standing.moved = at, True
            elif at > standing.at:
                self._revive(standing, at)
            elif len(named) > 1:  # given up, and in use beside another number, in one moment
                self._doubt_all({*named, *filter(None, (standing.points_to,))}, at)

    def _is_news(self, standing: NumberStanding, at: int) -> bool:
        """Whether nothing was said of the number at this moment or since."""
        row_at = standing.record.row_at if standing.record is not None else 0
        fresh = standing.is_new and standing.record is None and standing.at == 0
        return (fresh or at > standing.at) and at > row_at

    def _part(self, named: set[NumberStanding], at: int, given_up: Iterable[NumberStanding] = ()) -> None:
        """Numbers of which one record names some and not the others are not of one patient."""
        known = {*named, *given_up}
        for root in {standing.patient_number() for standing in named}:
            for other in list(root.beside):
                if (root in known) != (other in known) and at >= other.at:
                    together = other.at
                    other.stand(None, together, merged=False)
                    self._cast_doubt(root, together)
                    self._cast_doubt(other, together)

    def _cast_doubt(self, standing: NumberStanding, at: int) -> None:
        """What was told of a number until `at` may be of another one, and so may the number itself."""
        standing.doubt(at)
        standing.said |= self._record(standing).apply_message(UNVERIFIED, at)

    def _revive(self, standing: NumberStanding, at: int) -> None:
        """The number is in use again."""
        self._release(standing)
        standing.stand(None, at, merged=False)

    def _merge(self, change: Change) -> RejectReason | None:
        at = change.at or 0
        survivors = [self._find(number) for number in change.numbers]
        priors = [self._find(number) for number in change.prior]
        self._promote(survivors[0], priors, at)
        self._part(set(survivors), at, priors)
        target = self._settle(survivors, at) or survivors[0].patient_number()
        moving = [prior for prior in priors if at > prior.at or (at == prior.at and not prior.merged)]
        repeated = any(change.mark in prior.refused for prior in priors)  # what was refused stays refused
        gone_elsewhere = any(at == prior.at and prior.merged and prior.points_to is not target for prior in priors)
        refused = repeated or gone_elsewhere or any(self._leads_to(target, prior) for prior in moving)
        if change.kind is ChangeKind.RENUMBER and not refused:
            change = change._replace(news=self._with_bsn(change.news, target, priors, at))
        for prior in () if refused else moving:
            group = {prior.patient_number(), *prior.patient_number().beside}
            if prior.at == at and group - {target, *priors}:  # given up, and in use beside another, in one moment
                self._doubt_all({target, *(other for other in group if other.at == at)}, at)
            self._release(prior)
            prior.stand(target, at, merged=True)
            self._pass_on(prior)
        if self._say(target, change):  # the survivor is in use, also where its merge is refused
            self._pass_on(target)
        if refused and not repeated:
            for prior in priors:
                self._release(prior)
                prior.refused, prior.moved = prior.refused | {change.mark}, True
                self._doubt_all({prior, *self._path(target, prior)}, at)
        return RejectReason.MERGE_CONTRADICTS if refused else None

    def _with_bsn(self, news: News, target: NumberStanding, priors: list[NumberStanding], at: int) -> News:
        """A change of number that tells no BSN, with the one that was told under the number before.

        It says that both numbers are one patient's, so the BSN goes along, as if it had told that too. Only of the
        last word on one number, about the very person whom the change names, and not where the new number held another.
        """
        tells_whom = news.birth_date and news.name is not None and any(news.name)
        record = priors[0].record
        if news.bsn is not None or not tells_whom or len(priors) > 1 or record is None or priors[0].at > at:
            return news
        held = record.facts()
        if held.bsn_at >= at or not held.counts_as_verified_of(news) or set(self._record(target).bsns) - set(held.bsns):
            return news
        return news._replace(bsn=held.bsns[0], verified=True)

    def _promote(self, survivor: NumberStanding, priors: list[NumberStanding], at: int) -> None:
        """Of one patient's two numbers the one that was kept under the other survives it."""
        kept_under = survivor.patient_number()
        if kept_under in priors and kept_under is not survivor and at >= survivor.at:
            survivor.record, survivor.said = self._record(kept_under).copy(), True
            survivor.stand(None, at, merged=False)

    def _leads_to(self, start: NumberStanding, end: NumberStanding) -> bool:
        return start is end or bool(self._path(start, end))

    def _path(self, start: NumberStanding, end: NumberStanding) -> list[NumberStanding]:
        """The numbers by which one leads to another; none where it does not."""
        found: list[NumberStanding] = []
        at: NumberStanding | None = start
        while at is not None:
            found.append(at)
            if at is end:
                return found
            at = at.points_to
        return []

    def _doubt_all(self, standings: Iterable[NumberStanding], at: int) -> None:
        for standing in list(standings):
            self._cast_doubt(standing, at)

    def _delete(self, change: Change) -> None:
        """Nobody has these numbers any more. Nothing of what was held is passed on to whom they are given next."""
        at = change.at or 0
        for number in change.numbers:
            standing = self._find(number)
            self._part({standing}, at)
            standing = standing.patient_number()
            self._say(standing, change._replace(news=NOTHING_HELD))
            self._pass_on(standing)
            if at > standing.at:
                self._release(standing)
                standing.stand(None, at, merged=False)
                standing.deleted = True

    def _doubt(self, change: Change) -> None:
        """Nothing is verified about whoever has these numbers, until a newer record says so."""
        for number in change.numbers:
            if change.at is None:
                self._row(change._replace(numbers=(number,), news=UNVERIFIED))
            else:
                self._doubt_number(self._find(number), change.at)

    def _doubt_number(self, standing: NumberStanding, at: int) -> None:
        own = standing.patient_number()
        if own.merged and at > own.at:
            self._revive(own, at)
        elif own.merged and at == own.at:  # given up, and in doubt, in one moment: so is what it was given up for
            self._doubt_all(self._path(own, own.root()), at)
        elif not own.merged and (at > own.at or (own.deleted and at == own.at)):
            own.stand(None, at, merged=False)
        for doubted in {standing, own}:
            doubted.said |= self._record(doubted).apply_message(UNVERIFIED, at)
        self._pass_on(own)

    def _pass_on(self, prior: NumberStanding) -> None:
        """A survivor of whom nothing was said holds what was known under a number that was given up for it."""
        while prior.merged and prior.points_to is not None and prior.record is not None and not prior.is_doubtful:
            survivor = prior.points_to
            record = self._record(survivor)
            if record.is_blank:
                survivor.said |= record.take_over(prior.id, prior.record)
            prior = survivor

    def _release(self, prior: NumberStanding) -> None:
        """Nobody holds any longer what was known under this number."""
        survivor = prior.points_to
        if survivor is not None and survivor.record is not None:
            survivor.said |= survivor.record.taken.pop(prior.id, None) is not None
            self._pass_on(survivor)

    def _record(self, standing: NumberStanding) -> Record:
        """The record under a number, made when there is none yet."""
        if standing.record is None:
            standing.record = Record(rule=self._rule)
        standing.record.read_under(self._rule)
        return standing.record

    def _say(self, target: NumberStanding, change: Change) -> bool:
        """Put the news into a record; False when it is none."""
        news = self._record(target).apply_message(change.news, change.at or 0)
        target.said |= news
        return news


def touched(standings: Iterable[NumberStanding]) -> list[NumberStanding]:
    """Those that must be written."""
    return [standing for standing in standings if standing.is_new or standing.moved or standing.said]
