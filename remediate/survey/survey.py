"""Asks the archive by C-FIND which studies it has, in windows small enough for its cap, and shows that none is missed.

Two independent passes must agree: by Study Date (split by date, then by time), and without dates (split by Patient ID
prefix). What only the second finds is undated. Resumable by window; writes only to the ledger.

What costs the archive most is looking up all that a plan needs of a study, so that is asked for once: in windows that
one brief query has shown how to cut, and while earlier answers are being kept.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Literal

from remediate.header.evidence_reader import EvidenceSettings
from remediate.identity.evidence import Source
from remediate.ports import Archive, Clock, Events, FoundStore, Spool, StudyStore
from remediate.program_log import Happened, tell
from remediate.records.dicom import FindAnswer, FoundStudy, StudyQuery
from remediate.records.ledger import EventType, NewEvent
from remediate.survey.headers import HeaderProbes
from remediate.survey.queries import IN_VAIN, Queries, brings_nothing, uids_of
from remediate.survey.windows import (
    DAY,
    FIRST_DAY,
    MINUTE,
    NOON,
    Calendar,
    Times,
    Window,
    halves,
    may_be_a_cap,
    time_range,
)

Headers = Literal["none", "study", "series"]
AHEAD = 2
"""Windows that the archive is asked for while earlier ones are being kept; each takes an association."""
WAITING = 1
"""Windows that wait for one of these associations, so that none of them lies idle."""
LONG_ANSWER = 2_000
"""Studies of a window where the archive has given more at once. Each window costs a search through the whole index, so
that many small ones cost more than the studies; and an archive that makes up its answer before it begins to send it is
silent for about a second."""

_PREFIXES = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_. /"
_LONGEST_PREFIX = 12
_ENOUGH = 4
"""Parts of a prefix that show whether parts bring anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyResult:
    """What the archive said. `complete` only when both passes agree, no answer was cut off and nothing was left out."""

    studies: int
    new: int
    queries: int
    complete: bool
    undated: int
    probed: int
    missing: tuple[str, ...] = ()  # found by date but not by the second pass
    unanswered: tuple[str, ...] = ()  # named by a brief answer, and never answered in full
    no_uids: tuple[str, ...] = ()  # as they came
    endings: Mapping[int | None, int] = field(default_factory=dict)  # final statuses other than Success, with how many
    cut_off: bool = False  # some answer was not whole, and its parts were not either
    unread: Mapping[str, str] = field(default_factory=dict)  # studies whose header did not come, and why
    headers_ended: bool = False  # no more headers were asked for after too many broken links
    gone: int = 0  # known studies that a whole survey found no more, since this one


@dataclass(kw_only=True)
class Survey:
    """One survey of one archive."""

    archive: Archive
    surveyed: FoundStore
    studies: StudyStore
    events: Events
    spool: Spool
    clock: Clock
    cap: int
    headers: Headers
    evidence_settings: EvidenceSettings
    progress: Callable[[int], object] = lambda _: None
    queries: Queries = field(init=False)
    probes: HeaderProbes = field(init=False)
    _seen: dict[str, bool] = field(default_factory=dict)  # Study Instance UID -> has a readable date
    _new: int = 0
    _cut_off: bool = False
    _fullest: StudyQuery = field(default_factory=StudyQuery)  # the unsplit window with most studies, and those
    _in_fullest: frozenset[str] = frozenset()
    _listed: frozenset[str] = frozenset()  # what one brief query named at the beginning, and when those were
    _named: frozenset[str] = frozenset()  # the same, whether or not it may stand for the second pass
    _calendar: Calendar = field(default_factory=Calendar)
    _at_once: int = 0  # studies in the whole answer to that query: the archive cuts off no answer that is shorter
    _nameless: set[str] = field(default_factory=set)  # no Patient ID: no prefix finds them
    _unanswered: dict[str, None] = field(default_factory=dict)
    _nothing: int = 0  # studies in a row that were asked for by their UID and not answered

    def __post_init__(self) -> None:
        self.queries = Queries(archive=self.archive)
        self.probes = HeaderProbes(
            archive=self.archive,
            studies=self.studies,
            spool=self.spool,
            clock=self.clock,
            by_series=self.headers == "series",
            settings=self.evidence_settings,
        )

    def run(self, begin: date | None, end: date | None) -> SurveyResult:
        """Survey studies from `begin` to `end`, both included; everything, undated studies too, when neither is given.

        Raises `ArchiveError` when the archive stops answering; run again to go on where it stopped.
        """
        name = f"{begin or 'all'}..{end or 'all'}/{self.headers}"
        tell(Happened.SURVEY_BEGUN)
        done = self.surveyed.survey_windows_done(name)
        self._look_ahead(begin, end)
        windows = self._calendar.windows(begin or FIRST_DAY, end or self.clock().date() + timedelta(days=1))
        self._by_windows(name, windows, done)
        if self._caps_silently():
            self._by_windows(name, windows, done)
        dated = frozenset(self._seen)
        missed: frozenset[str] = frozenset()
        if begin is None and end is None:
            missed = dated - self._second_pass() - self._nameless
        self._ask_for(self._named)
        self.surveyed.survey_finished(name)
        return self._result(missed, begin, end)

    def only(self, uids: Collection[str], accession_numbers: Collection[str] = ()) -> SurveyResult:
        """Survey exactly these studies, and those under these Accession Numbers; whatever else there is is not asked.

        Raises `ArchiveError` when the archive stops answering.
        """
        for number in sorted(accession_numbers):
            answer = self._ask(StudyQuery(accession_number=number))
            self._keep(tuple(one for one in answer.studies if one.accession_number == number), probe=True)
        for uid in sorted(uids):
            self._nothing = 0  # that others are not there says nothing of this one
            self._ask_for([uid])
        today = self.clock().date()
        return self._result(frozenset(), today, today)

    def _by_windows(self, name: str, windows: Sequence[Window], done: Collection[str]) -> None:
        """Keep what the windows hold, and note each that is done: there a survey that is broken off goes on."""
        longest = max(self.cap, min(self._at_once, LONG_ANSWER))
        parts = [(window, self._calendar.parts(window, longest)) for window in windows]
        answers = self._all_of([part for _, found in parts for part in found])
        for window, found in parts:
            for studies in (studies for _ in found for studies in next(answers)):
                self._keep(studies, probe=f"{window[0]}" not in done)
            self.surveyed.survey_window_done(name, f"{window[0]}")

    def _look_ahead(self, begin: date | None, end: date | None) -> None:
        """One brief query over everything: it tells how to cut the windows, and may serve as the second pass."""
        answer = self._ask(StudyQuery(date_from=begin, date_to=end, briefly=True))
        self._calendar = Calendar.of(answer.studies)
        self._named = uids_of(answer)
        self._at_once = len(answer.studies) if answer.complete else 0
        if answer.complete and begin is None and end is None and len(answer.studies) != self.cap:
            self._listed = self._named

    def _all_of(self, windows: Iterable[Window]) -> Iterator[Iterator[tuple[FoundStudy, ...]]]:
        """The whole answers over each of these windows, in order."""
        asked: deque[tuple[StudyQuery, Future[FindAnswer]]] = deque()
        with ThreadPoolExecutor(AHEAD, thread_name_prefix="survey") as pool:
            for begin, end in windows:
                query = StudyQuery(date_from=begin, date_to=end)
                self.queries.asked += 1
                asked.append((query, pool.submit(self.archive.find_studies, query)))
                if len(asked) > AHEAD + WAITING:
                    yield self._answered(*asked.popleft())
            while asked:
                yield self._answered(*asked.popleft())

    def _answered(self, query: StudyQuery, answer: Future[FindAnswer]) -> Iterator[tuple[FoundStudy, ...]]:
        return self._split(query, self.queries.noted(answer.result()))

    def _split(self, query: StudyQuery, answer: FindAnswer) -> Iterator[tuple[FoundStudy, ...]]:
        """The answer, or those to parts of its window where it may have been cut off."""
        begin, end = query.date_from, query.date_to
        assert begin is not None
        assert end is not None
        if not self._may_be_cut((begin, end), answer):
            if len(answer.studies) > len(self._in_fullest):
                self._fullest, self._in_fullest = query, uids_of(answer)
            yield answer.studies
        elif begin < end:
            yield from self._by_halves(answer, (begin, end))
        else:
            yield answer.studies  # studies without a time are only in the answer over the whole day
            yield from self._by_time(begin, answer, (0, DAY))

    def _by_halves(self, whole: FindAnswer, window: Window) -> Iterator[tuple[FoundStudy, ...]]:
        if not self._may_split(whole, window):
            yield self._cut(whole)
            return
        queries = [StudyQuery(date_from=begin, date_to=end) for begin, end in halves(window)]
        parts = [(query, self._ask(query)) for query in queries]
        if brings_nothing(whole, [answer for _, answer in parts]):
            yield self._cut(whole)
            return
        for query, answer in parts:
            yield from self._split(query, answer)

    def _by_time(self, day: date, whole: FindAnswer, span: Times) -> Iterator[tuple[FoundStudy, ...]]:
        """A busy day, by halves of its hours."""
        begin, end = span
        middle = (begin + end) // 2
        if middle - begin < MINUTE or not self._may_split(whole, (day, day)):
            self._cut(whole)
            return
        spans = ((begin, middle), (middle, end))
        parts = [self._ask(StudyQuery(date_from=day, date_to=day, time_range=time_range(part))) for part in spans]
        yield from (answer.studies for answer in parts)
        if brings_nothing(whole, parts):
            self._cut(whole)
            return
        for answer, part in zip(parts, spans, strict=True):
            if not answer.complete or len(answer.studies) >= self.cap:
                yield from self._by_time(day, answer, part)

    def _cut(self, answer: FindAnswer) -> tuple[FoundStudy, ...]:
        """What an answer has that is not asked for in parts."""
        self._cut_off = self._cut_off or not answer.complete
        return answer.studies

    def _second_pass(self) -> frozenset[str]:
        """All that is found without regard to dates. What was listed at the beginning will do when it names every study
        that was found by date: nothing was cut off, and what is new since then waits for the next survey.

        Where there are few studies with a date, a silent cap may leave room for all of these and for some without."""
        if self._listed - set(self._seen) and may_be_a_cap(len(self._listed)):
            self.cap, self._listed = min(self.cap, len(self._listed)), frozenset()
        if not self._listed or not set(self._seen) <= self._listed:
            return frozenset(study.study_instance_uid for study in self._undated_pass())
        self._ask_for(self._listed)
        return self._listed

    def _ask_for(self, uids: Collection[str]) -> None:
        """Studies that a brief answer named and no answer in full: one by one, as long as that brings anything."""
        for uid in sorted(set(uids).difference(self._seen, self._unanswered)):
            answers = [self._ask(StudyQuery(study_instance_uid=uid))] if self._nothing < IN_VAIN else []
            found = tuple(one for answer in answers for one in answer.studies if one.study_instance_uid == uid)
            if not found:
                self._unanswered[uid] = None
            self._nothing = 0 if found else self._nothing + 1
            self._keep(found, probe=True)

    def _undated_pass(self) -> Iterator[FoundStudy]:
        for studies in self._by_prefix("", self._ask(StudyQuery(briefly=True))):
            self._ask_for([study.study_instance_uid for study in studies])
            yield from studies

    def _by_prefix(self, prefix: str, answer: FindAnswer) -> Iterator[tuple[FoundStudy, ...]]:
        yield answer.studies
        if answer.complete and not self._short(answer, prefix):
            return
        if len(prefix) >= _LONGEST_PREFIX or not self._may_split(answer):
            self._cut_off = True
            return
        parts: list[tuple[str, FindAnswer]] = []
        for character in _PREFIXES:
            longer = prefix + character
            parts.append((longer, self._ask(StudyQuery(patient_id=f"{longer}*", briefly=True))))
            if len(parts) >= _ENOUGH and brings_nothing(answer, [part for _, part in parts]):
                self._cut_off = True
                return
        for longer, part in parts:
            yield from self._by_prefix(longer, part)

    def _short(self, answer: FindAnswer, prefix: str) -> bool:
        """A silent cap: the archive gave fewer studies without a date than with one, or just as many as its cap."""
        if prefix:
            return len(answer.studies) >= self.cap
        return not set(self._seen) <= uids_of(answer) or len(answer.studies) == self.cap

    def _caps_silently(self) -> bool:
        """Ask the fullest window again in two halves. When these hold more than the whole, the archive cuts answers off
        below `cap` without saying so: from then on its own cap is ours. There is no need when all studies were listed
        at once: the archive gives more than any window held, and what is listed and not found is asked for by itself.
        """
        begin, end = self._fullest.date_from, self._fullest.date_to
        if begin is None or end is None or len(self._listed) > len(self._in_fullest):
            return False
        if begin == end:
            times = (time_range(part) for part in NOON)
            both = [StudyQuery(date_from=begin, date_to=end, time_range=part, briefly=True) for part in times]
        else:
            both = [StudyQuery(date_from=a, date_to=b, briefly=True) for a, b in halves((begin, end))]
        if all(uids_of(self._ask(half)) <= self._in_fullest for half in both):
            return False
        self.cap = min(self.cap, len(self._in_fullest))
        self._at_once = 0
        return True

    def _may_be_cut(self, window: Window, answer: FindAnswer) -> bool:
        """Whether studies may be missing: a long answer is believed only when the archive has given a longer one, and
        when it has every study that the longer one dated in this window."""
        if not answer.complete:
            return True
        if len(answer.studies) < self.cap:
            return False
        return len(answer.studies) >= self._at_once or not uids_of(answer).issuperset(self._calendar.within(window))

    def _keep(self, found: tuple[FoundStudy, ...], *, probe: bool) -> None:
        unique = tuple({study.study_instance_uid: study for study in found}.values())
        fresh = tuple(study for study in unique if study.study_instance_uid not in self._seen)
        if not fresh:
            return
        now = self.clock()
        sources = self.surveyed.sources([study.study_instance_uid for study in fresh])
        changed = set(self.surveyed.save_found(fresh, now=now))
        self._new += len(fresh) - len(sources)
        for study in fresh:
            self._seen[study.study_instance_uid] = bool(study.study_date)
            if not study.evidence.patient_id:
                self._nameless.add(study.study_instance_uid)
            unread = sources.get(study.study_instance_uid) is Source.INDEX  # a survey that was broken off
            if probe and (unread or study.study_instance_uid in changed) and self._wants_probe(study):
                self.probes.probe(study)
        self.progress(len(fresh))

    def _ask(self, query: StudyQuery) -> FindAnswer:
        return self.queries.ask(query)

    def _may_split(self, answer: FindAnswer, window: Window | None = None) -> bool:
        """Not where nothing came and, by a whole list of all studies, nothing is."""
        if window is not None and self._at_once and not answer.studies and not self._calendar.within(window):
            return False
        return self.queries.may_split(answer, len(self._seen))

    def _wants_probe(self, study: FoundStudy) -> bool:
        return self.headers == "series" or (self.headers == "study" and not study.answers_other_ids)

    def _note_gone(self, missed: Collection[str], begin: date | None, end: date | None) -> int:
        """What only a survey of everything can tell, when it found everything that was named: what is no longer there.

        An archive that answers nothing at all is more likely another one, or a broken one, than an empty one.
        """
        whole = begin is None and end is None
        if not whole or not self._seen or missed or self._unanswered or self.queries.no_uids or self._cut_off:
            return 0
        return self.surveyed.note_gone(self._seen, now=self.clock())

    def _result(self, missed: frozenset[str], begin: date | None, end: date | None) -> SurveyResult:
        unanswered = tuple(uid for uid in self._unanswered if uid not in self._seen)
        no_uids = tuple(self.queries.no_uids)
        ended = self.probes.stopped
        result = SurveyResult(
            studies=len(self._seen),
            new=self._new,
            queries=self.queries.asked,
            complete=not (missed or unanswered or no_uids or self._cut_off or ended),
            undated=sum(1 for dated in self._seen.values() if not dated),
            probed=self.probes.read,
            missing=tuple(sorted(missed)),
            unanswered=unanswered,
            no_uids=no_uids,
            endings=dict(self.queries.endings),
            cut_off=self._cut_off,
            unread=dict(sorted(self.probes.unread.items())),
            headers_ended=ended,
            gone=self._note_gone(missed, begin, end),
        )
        details: dict[str, str | int | float | bool | None] = {
            "studies": result.studies,
            "new": result.new,
            "queries": result.queries,
            "complete": result.complete,
            "undated": result.undated,
            "headers_read": result.probed,
            "headers_unread": len(result.unread),
            "missing": len(result.missing),
            "unanswered": len(unanswered),
            "gone": result.gone,
            "no_uids": len(no_uids),
            "from": str(begin or ""),
            "to": str(end or ""),
        }
        self.events.record(NewEvent(type=EventType.SURVEY, at=self.clock(), details=details))
        complete = bool(result.complete)
        tell(Happened.SURVEY_ENDED, studies=result.studies, queries=result.queries, complete=complete)
        return result
