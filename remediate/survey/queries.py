"""Asks C-FIND on behalf of a survey, within bounds, and remembers how the answers ended; keeps no study.

How often an archive is asked is not the archive's to decide. What is not given whole is asked for in parts, as a cap
needs it, but not where that finds nothing: of an archive that ends every answer in a warning, parts bring no more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from remediate.errors import ArchiveError
from remediate.ports import Archive
from remediate.records.dicom import FindAnswer, FoundStudy, StudyQuery
from remediate.texts.language import Sentence

FIRST_QUERIES, PER_STUDY = 1_000, 2
"""A survey asks in parts as long as it used fewer queries than so many, and so many for each study that it found."""
IN_VAIN = 64
"""Incomplete answers in a row, none of them followed by a whole one with studies: down to a minute of one day, an
archive with a cap gives no more than some fifty."""
ENDLESS = 12
"""Answers in a row that had to be broken off: an hour with more studies than are taken in at once is no hospital's."""
OUT_OF_RESOURCES = 0xA700
"""The one refusal (PS3.4 table C.4-1) of which a part may be answered though nothing of the whole was."""


@dataclass(kw_only=True)
class Queries:
    """The queries of one survey, counted."""

    archive: Archive
    asked: int = 0
    endings: Counter[int | None] = field(default_factory=Counter)  # final statuses other than Success
    no_uids: dict[str, None] = field(default_factory=dict)  # what stood for Study Instance UIDs and is none
    _in_vain: int = 0
    _endless: int = 0

    def ask(self, query: StudyQuery) -> FindAnswer:
        """One answer, noted. Raises `ArchiveError`."""
        self.asked += 1
        return self.noted(self.archive.find_studies(query))

    def noted(self, answer: FindAnswer) -> FindAnswer:
        """An answer to a query that was counted. Raises `ArchiveError` when the archive answers without end."""
        self.no_uids.update(dict.fromkeys(answer.no_uids))
        if answer.complete:
            if answer.studies:
                self._in_vain = self._endless = 0
            return answer
        self.endings[answer.status] += 1
        self._in_vain += 1
        self._endless = self._endless + 1 if answer.status is None else 0
        if self._endless == 1 and answer.studies:
            self._ask_for_some(answer.studies)
        if self._endless == ENDLESS:
            raise _without_end(f"{ENDLESS} queries in a row")
        return answer

    def _ask_for_some(self, studies: Sequence[FoundStudy]) -> None:
        """Whether an archive that had to be broken off keeps to what it is asked for, and knows what it named: else
        parts are as endless as the whole, and each takes minutes. Raises `ArchiveError`."""
        known = False
        for uid in {studies[at].study_instance_uid for at in (0, len(studies) // 2, -1)}:
            self.asked += 1
            answer = self.archive.find_studies(StudyQuery(study_instance_uid=uid, briefly=True))
            if answer.status is None:
                raise _without_end("a query for a single study")
            known = known or not answer.complete or uid in uids_of(answer)
        if not known:
            raise _without_end("a query")

    def may_split(self, answer: FindAnswer, found: int) -> bool:
        """Whether to ask for the parts of an answer that may not be whole, with so many studies found."""
        if not (answer.complete or answer.studies or _is_refused(answer)):
            return False
        return self._in_vain < IN_VAIN and self.asked < FIRST_QUERIES + PER_STUDY * found


def _without_end(asked: str) -> ArchiveError:
    return ArchiveError(
        Sentence(
            f"The archive answered {asked} with more studies than a hospital can have.",
            f"Het archief beantwoordde {asked} met meer onderzoeken dan een ziekenhuis kan hebben.",
        ),
        advice=Sentence("Have its administrator look at its C-FIND.", "Laat de beheerder naar de C-FIND kijken."),
    )


def brings_nothing(whole: FindAnswer, parts: Sequence[FindAnswer]) -> bool:
    """Whether the parts of an answer that was cut off show that no cap cut it: none is whole or too much as well, and
    none has more."""
    shows_a_cap = any(part.complete or _is_refused(part) for part in parts)
    return not whole.complete and not shows_a_cap and uids_of(*parts) <= uids_of(whole)


def _is_refused(answer: FindAnswer) -> bool:
    return answer.status == OUT_OF_RESOURCES and not answer.studies


def uids_of(*answers: FindAnswer) -> frozenset[str]:
    """The Study Instance UIDs in these answers."""
    return frozenset(study.study_instance_uid for answer in answers for study in answer.studies)
