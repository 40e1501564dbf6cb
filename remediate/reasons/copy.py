"""Why a study in a copy was not updated, beside what holds for the archive too: codes with plain sentences."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from remediate.texts.language import Sentence


class CopyReason(StrEnum):
    """What only copies know."""

    OTHER_NODE = "begun-at-another-node"
    ARCHIVE_DIFFERS = "archive-differs"
    ORIGINALS_ELSEWHERE = "copy-originals-elsewhere"


SENTENCES: Mapping[CopyReason, Sentence] = {
    CopyReason.OTHER_NODE: Sentence(
        "An update was begun when this copy was another node, and is finished or put back only there.",
        "Een bijwerking is begonnen toen deze kopie een andere node was, en wordt alleen daar afgemaakt of "
        "teruggedraaid.",
    ),
    CopyReason.ARCHIVE_DIFFERS: Sentence(
        "The archive itself no longer holds what was read back there, so its copies are not updated.",
        "Het archief zelf bevat niet meer wat daar is teruggelezen; de kopieën worden niet bijgewerkt.",
    ),
    CopyReason.ORIGINALS_ELSEWHERE: Sentence(
        "What this copy held before an update that was begun lies in another machine's spool; only there it is "
        "finished or put back. `remediate ledger list --type copy-intent` names the machine.",
        "Wat deze kopie had voor een bijwerking die is begonnen, staat in de spool van een andere machine; alleen daar "
        "wordt die afgemaakt of teruggedraaid. `remediate ledger list --type copy-intent` noemt de machine.",
    ),
}
