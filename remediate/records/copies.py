"""What passes between the ledger and the copies: what another node holds of a study, and what is to be sent to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from remediate.records.ledger import Intent
from remediate.texts.language import Sentence


class CopyState(StrEnum):
    """What a copy holds of one study, beside what the archive was proven to hold."""

    CORRECTED = "corrected"
    OLD_HEADER = "old-header"
    PARTLY = "partly"
    NONE = "none"
    ANOTHER = "another"
    UNKNOWN = "unknown"
    NOT_COMPARABLE = "not-comparable"
    RESTORED = "restored"
    STILL_CORRECTED = "still-corrected"


WORDS: Mapping[CopyState, Sentence] = {
    CopyState.CORRECTED: Sentence("corrected as in the archive", "gecorrigeerd zoals in het archief"),
    CopyState.OLD_HEADER: Sentence("with the old header", "met de oude header"),
    CopyState.PARTLY: Sentence("in part: objects are missing or differ", "deels: objecten ontbreken of verschillen"),
    CopyState.NONE: Sentence("not there", "er niet"),
    CopyState.ANOTHER: Sentence(
        "another object than before or after the correction", "een ander object dan voor of na de correctie"
    ),
    CopyState.UNKNOWN: Sentence(
        "not known: listed and not handed over, or no answer", "onbekend: genoemd en niet geleverd, of geen antwoord"
    ),
    CopyState.NOT_COMPARABLE: Sentence(
        "nothing left to compare with (ledger shred)", "niets meer om mee te vergelijken (ledger shred)"
    ),
    CopyState.RESTORED: Sentence("restored as in the archive", "hersteld zoals in het archief"),
    CopyState.STILL_CORRECTED: Sentence(
        "still with the correction that was rolled back", "nog met de correctie die is teruggedraaid"
    ),
}
"""How each state is called where people read it: "12 studies <words>"."""

RIGHT = (CopyState.CORRECTED, CopyState.RESTORED)
"""The copy holds what the archive holds."""

BEHIND = (CopyState.OLD_HEADER, CopyState.STILL_CORRECTED, CopyState.PARTLY)
"""An update may put right what stands there as it stood before."""

AMISS = (*BEHIND, CopyState.ANOTHER, CopyState.UNKNOWN)
"""What somebody has to see to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyLook:
    """What a copy was found to hold of one study."""

    copy: str  # its name in the configuration
    node: str  # where it was then: AE title, host and port
    study_instance_uid: str
    state: CopyState
    at: datetime
    intent_id: int  # of the study in the archive: what it was held against
    intended: int = 0  # objects as in the archive
    before: int = 0  # objects as they were before
    missing: int = 0
    other: int = 0  # neither, or beside what the archive lists


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """What was last done to a study in its archive, and read back."""

    intent: Intent
    is_undone: bool  # a correction was taken back: the copy is to hold what it held before


class CopyEnd(StrEnum):
    """What became of an intent to update a copy."""

    OPEN = "open"
    UPDATED = "updated"  # read back from the copy and as intended
    PUT_BACK = "put-back"  # it holds what it held before
    SET_APART = "set-apart"  # neither: a person must look; the originals stay in the spool


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyLeft:
    """Studies of one copy of which an update was begun and is not settled, or that were set apart."""

    copy: str
    node: str  # where that is
    plan_id: str  # under whose approval
    end: CopyEnd  # OPEN or SET_APART
    studies: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyIntent:
    """That some objects of a study in a copy are to become what the archive holds."""

    copy_intent_id: int
    copy: str
    node: str  # where it was begun: another node under the same name is another copy
    plan_id: str  # under whose approval
    finished: Finished  # what was done to the study in the archive: the same is to happen here
    objects: tuple[str, ...]  # SOP Instance UIDs that stood there as before
    spool_folder: str  # where the copy's own objects lie, in the spool's folder of that copy
