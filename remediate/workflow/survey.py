"""Asks the archive by C-FIND which studies it has, in windows small enough for its cap, and shows that none is missed.

Two independent passes must agree: by Study Date (split by date, then by time), and without dates (split by Patient ID
prefix). What only the second finds is undated. Resumable by window; writes only to the ledger.

What costs the archive most is looking up all that a plan needs of a study, so that is asked for once: in windows that
one brief query has shown how to cut, and while earlier answers are being kept.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Literal

from remediate.errors import ArchiveError
from remediate.header.evidence_reader import EvidenceSettings
from remediate.identity.evidence import Evidence, Source, StudyEvidence
from remediate.records.dicom import FindAnswer, FoundInstance, FoundStudy, StudyQuery
from remediate.records.ledger import EventType, NewEvent
from remediate.workflow.accounting import evidence_of_objects
from remediate.workflow.ports import Archive, Clock, Ledger, Spool
from remediate.workflow.survey_windows import FIRST_DAY, Calendar, Window, halves, may_be_a_cap

Headers = Literal["none", "study", "series"]
AHEAD = 2
"""Windows that the archive is asked for while earlier ones are being kept; each takes an association."""
WAITING = 1
"""Windows that wait for one of these associations, so that none of them lies idle."""
LONG_ANSWER = 2_000
"""Studies of a window where the archive has given more at once. Each window costs a search through the whole index, so
that many small ones cost more than the studies; and an archive that makes up its answer before it begins to send it is
silent for about a second."""

_AGAIN = "Run the survey again: it goes on where it stopped."

_PREFIXES = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_. /"
_NOON = (("000000", "115959.999999"), ("120000", "235959.999999"))


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyResult:
    """What the archive said. `complete` only when both passes agree and no answer was cut off."""

    studies: int
    new: int
    queries: int
    complete: bool
    undated: int
    probed: int
    missing: int = 0  # found by date but not by the second pass, or cut off


@dataclass(kw_only=True)
class Survey:
    """One survey of one archive."""

    archive: Archive
    ledger: Ledger
    spool: Spool
    clock: Clock
    cap: int
    headers: Headers
    evidence_settings: EvidenceSettings
    progress: Callable[[int], object] = lambda _: None
    _seen: dict[str, bool] = field(default_factory=dict)  # Study Instance UID -> has a readable date
    _queries: int = 0
    _new: int = 0
    _probed: int = 0
    _cut_off: bool = False
    _fullest: StudyQuery = field(default_factory=StudyQuery)  # the unsplit window with most studies, and those
    _in_fullest: frozenset[str] = frozenset()
    _listed: frozenset[str] = frozenset()  # what one brief query named at the beginning, and when those were
    _calendar: Calendar = field(default_factory=Calendar)
    _at_once: int = 0  # studies in the whole answer to that query: the archive cuts off no answer that is shorter
    _nameless: set[str] = field(default_factory=set)  # no Patient ID: no prefix finds them

    def run(self, begin: date | None, end: date | None) -> SurveyResult:
        """Survey studies from `begin` to `end`, both included; everything, undated studies too, when neither is given.

        Raises `ArchiveError` when the archive stops answering; run again to go on where it stopped.
        """
        name = f"{begin or 'all'}..{end or 'all'}/{self.headers}"
        done = self.ledger.survey_windows_done(name)
        self._look_ahead(begin, end)
        windows = self._calendar.windows(begin or FIRST_DAY, end or self.clock().date() + timedelta(days=1))
        self._by_windows(name, windows, done)
        if self._caps_silently():
            self._by_windows(name, windows, done)
        dated = frozenset(self._seen)
        missed: frozenset[str] = frozenset()
        if begin is None and end is None:
            everything = self._second_pass()
            missed = dated - everything - self._nameless
        self.ledger.survey_finished(name)
        return self._result(missed, begin, end)

    def _by_windows(self, name: str, windows: Sequence[Window], done: Collection[str]) -> None:
        """Keep what the windows hold, and note each that is done: there a survey that is broken off goes on."""
        longest = max(self.cap, min(self._at_once, LONG_ANSWER))
        parts = [(window, self._calendar.parts(window, longest)) for window in windows]
        answers = self._all_of([part for _, found in parts for part in found])
        for window, found in parts:
            for studies in (studies for _ in found for studies in next(answers)):
                self._keep(studies, probe=f"{window[0]}" not in done)
            self.ledger.survey_window_done(name, f"{window[0]}")

    def _look_ahead(self, begin: date | None, end: date | None) -> None:
        """One brief query over everything: it tells how to cut the windows, and may serve as the second pass."""
        answer = self._ask(StudyQuery(date_from=begin, date_to=end, briefly=True))
        self._calendar = Calendar.of(answer.studies)
        self._at_once = len(answer.studies) if answer.complete else 0
        if answer.complete and begin is None and end is None and len(answer.studies) != self.cap:
            self._listed = _uids(answer)

    def _all_of(self, windows: Iterable[Window]) -> Iterator[Iterator[tuple[FoundStudy, ...]]]:
        """The whole answers over each of these windows, in order."""
        asked: deque[tuple[StudyQuery, Future[FindAnswer]]] = deque()
        with ThreadPoolExecutor(AHEAD, thread_name_prefix="survey") as pool:
            for begin, end in windows:
                query = StudyQuery(date_from=begin, date_to=end)
                self._queries += 1
                asked.append((query, pool.submit(self.archive.find_studies, query)))
                if len(asked) > AHEAD + WAITING:
                    yield self._split(*_answered(asked.popleft()))
            while asked:
                yield self._split(*_answered(asked.popleft()))

    def _by_date(self, window: Window) -> Iterator[tuple[FoundStudy, ...]]:
        query = StudyQuery(date_from=window[0], date_to=window[1])
        yield from self._split(query, self._ask(query))

    def _split(self, query: StudyQuery, answer: FindAnswer) -> Iterator[tuple[FoundStudy, ...]]:
        """The answer, or those to parts of its window where it may have been cut off."""
        begin, end = query.date_from, query.date_to
        assert begin is not None
        assert end is not None
        if not self._may_be_cut((begin, end), answer):
            if len(answer.studies) > len(self._in_fullest):
                self._fullest, self._in_fullest = query, _uids(answer)
            yield answer.studies
        elif begin < end:
            for half in halves((begin, end)):
                yield from self._by_date(half)
        else:
            yield from self._by_time(begin, answer)

    def _by_time(self, day: date, whole: FindAnswer) -> Iterator[tuple[FoundStudy, ...]]:
        """A busy day: by halves of the day. Studies without a time are only in the answer over the whole day."""
        yield whole.studies
        complete = whole.complete
        for begin, end in _NOON:
            answer = self._ask(StudyQuery(date_from=day, date_to=day, time_range=f"{begin}-{end}"))
            complete = complete or answer.complete
            yield answer.studies
        self._cut_off = self._cut_off or not complete

    def _second_pass(self) -> frozenset[str]:
        """All that is found without regard to dates. What was listed at the beginning will do when it names every study
        that was found by date: nothing was cut off, and what is new since then waits for the next survey.

        Where there are few studies with a date, a silent cap may leave room for all of these and for some without."""
        if self._listed - set(self._seen) and may_be_a_cap(len(self._listed)):
            self.cap, self._listed = min(self.cap, len(self._listed)), frozenset()
        if not self._listed or not set(self._seen) <= self._listed:
            return frozenset(study.study_instance_uid for study in self._undated_pass())
        for uid in sorted(self._listed - set(self._seen)):
            self._keep(self._ask(StudyQuery(study_instance_uid=uid)).studies, probe=True)
        return self._listed

    def _undated_pass(self) -> Iterator[FoundStudy]:
        for studies in self._by_prefix(""):
            new = (study for study in studies if study.study_instance_uid not in self._seen)
            self._keep(tuple(whole for study in new for whole in self._whole(study)), probe=True)
            yield from studies

    def _whole(self, brief: FoundStudy) -> tuple[FoundStudy, ...]:
        """All that the archive tells of a study that was found briefly; that, where it tells no more."""
        return self._ask(StudyQuery(study_instance_uid=brief.study_instance_uid)).studies or (brief,)

    def _by_prefix(self, prefix: str) -> Iterator[tuple[FoundStudy, ...]]:
        answer = self._ask(StudyQuery(patient_id=f"{prefix}*" if prefix else "", briefly=True))
        yield answer.studies
        if answer.complete and not self._short(answer, prefix):
            return
        if len(prefix) >= 12:
            self._cut_off = True
            return
        for character in _PREFIXES:
            yield from self._by_prefix(prefix + character)

    def _short(self, answer: FindAnswer, prefix: str) -> bool:
        """A silent cap: the archive gave fewer studies without a date than with one, or just as many as its cap."""
        if prefix:
            return len(answer.studies) >= self.cap
        return not set(self._seen) <= _uids(answer) or len(answer.studies) == self.cap

    def _caps_silently(self) -> bool:
        """Ask the fullest window again in two halves. When these hold more than the whole, the archive cuts answers off
        below `cap` without saying so: from then on its own cap is ours. There is no need when all studies were listed
        at once: the archive gives more than any window held, and what is listed and not found is asked for by itself.
        """
        begin, end = self._fullest.date_from, self._fullest.date_to
        if begin is None or end is None or len(self._listed) > len(self._in_fullest):
            return False
        if begin == end:
            both = [StudyQuery(date_from=begin, date_to=end, time_range=f"{a}-{b}", briefly=True) for a, b in _NOON]
        else:
            both = [StudyQuery(date_from=a, date_to=b, briefly=True) for a, b in halves((begin, end))]
        if all(_uids(self._ask(half)) <= self._in_fullest for half in both):
            return False
        self.cap = min(self.cap, len(self._in_fullest))
        self._at_once = 0
        return True

    def _ask(self, query: StudyQuery) -> FindAnswer:
        self._queries += 1
        return self.archive.find_studies(query)

    def _may_be_cut(self, window: Window, answer: FindAnswer) -> bool:
        """Whether studies may be missing: a long answer is believed only when the archive has given a longer one, and
        when it has every study that the longer one dated in this window."""
        if not answer.complete:
            return True
        if len(answer.studies) < self.cap:
            return False
        return len(answer.studies) >= self._at_once or not _uids(answer).issuperset(self._calendar.within(window))

    def _keep(self, found: tuple[FoundStudy, ...], *, probe: bool) -> None:
        unique = tuple({study.study_instance_uid: study for study in found}.values())
        fresh = tuple(study for study in unique if study.study_instance_uid not in self._seen)
        if not fresh:
            return
        now = self.clock()
        sources = self.ledger.sources([study.study_instance_uid for study in fresh])
        changed = set(self.ledger.save_found(fresh, now=now))
        self._new += len(fresh) - len(sources)
        for study in fresh:
            self._seen[study.study_instance_uid] = bool(study.study_date)
            if not study.evidence.patient_id:
                self._nameless.add(study.study_instance_uid)
            unread = sources.get(study.study_instance_uid) is Source.INDEX  # a survey that was broken off
            if probe and (unread or study.study_instance_uid in changed) and self._wants_probe(study):
                self._probe(study)
        self.progress(len(fresh))

    def _wants_probe(self, study: FoundStudy) -> bool:
        return self.headers == "series" or (self.headers == "study" and not study.answers_other_ids)

    def _probe(self, study: FoundStudy) -> None:
        """Read one header of the study, or one of each series, for what the index does not tell."""
        uid = study.study_instance_uid
        wanted = one_of_each(self.archive.find_instances(uid), by_series=self.headers == "series")
        if not wanted:
            return
        self.spool.remove(self.spool.folder("survey"))
        folder = self.spool.folder("survey")
        retrieval = self.archive.retrieve(uid, wanted, folder)
        if retrieval.status is None:  # some headers would count as read that never came
            raise ArchiveError("The archive broke off while headers were read.", transient=True, advice=_AGAIN)
        received = retrieval.received
        evidence = evidence_of_objects(self.spool, uid, received, self.evidence_settings)
        if isinstance(evidence, StudyEvidence) and evidence.headers:
            self.ledger.save_evidence(probe_evidence(evidence, study), now=self.clock())
            self._probed += 1
        self.spool.remove(folder)

    def _result(self, missed: frozenset[str], begin: date | None, end: date | None) -> SurveyResult:
        undated = sum(1 for dated in self._seen.values() if not dated)
        complete = not missed and not self._cut_off
        result = SurveyResult(
            studies=len(self._seen),
            new=self._new,
            queries=self._queries,
            complete=complete,
            undated=undated,
            probed=self._probed,
            missing=len(missed),
        )
        details: dict[str, str | int | float | bool | None] = {
            "studies": result.studies,
            "new": result.new,
            "queries": result.queries,
            "complete": complete,
            "undated": undated,
            "headers_read": result.probed,
            "from": str(begin or ""),
            "to": str(end or ""),
        }
        self.ledger.record(NewEvent(type=EventType.SURVEY, at=self.clock(), details=details))
        return result


def _answered(asked: tuple[StudyQuery, Future[FindAnswer]]) -> tuple[StudyQuery, FindAnswer]:
    query, answer = asked
    return query, answer.result()


def _uids(answer: FindAnswer) -> frozenset[str]:
    return frozenset(study.study_instance_uid for study in answer.studies)


def one_of_each(instances: Iterable[FoundInstance], *, by_series: bool) -> tuple[FoundInstance, ...]:
    """The first object of each series, or of the study."""
    first: dict[str, FoundInstance] = {}
    for instance in instances:
        first.setdefault(instance.series_instance_uid if by_series else "", instance)
    return tuple(first.values())


def probe_evidence(read: StudyEvidence, found: FoundStudy) -> StudyEvidence:
    """The header's evidence; the index stays beside it when it names another person, so that the match sees both."""
    index = found.evidence
    headers = read.headers
    if not any(_same_person(header, index) for header in headers):
        headers = (*headers, index)
    return StudyEvidence(
        study_instance_uid=read.study_instance_uid,
        study_date=found.study_date or read.study_date,
        source=Source.PROBE,
        headers=headers,
    )


def _same_person(header: Evidence, index: Evidence) -> bool:
    """Fields that the index leaves out say nothing; only a different value is another person."""
    pairs = (
        (header.patient_id, index.patient_id),
        (header.birth_date, index.birth_date),
        (header.sex, index.sex),
    )
    return all(not b or a == b for a, b in pairs)
