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
    NOT_TAKEN_BACK = "not-taken-back-by-message"
    NOT_THE_PATIENT = "not-the-patient-of-the-archive"


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
    CopyReason.NOT_TAKEN_BACK: Sentence(
        "The correction was rolled back in the archive; no message takes a BSN back, since the patient's other studies "
        "in the copy may have it by right. Restore these studies in the copy itself.",
        "De correctie is in het archief teruggedraaid; geen bericht neemt een BSN terug, want andere onderzoeken van "
        "de patiënt in de kopie kunnen het terecht hebben. Herstel deze onderzoeken in de kopie zelf.",
    ),
    CopyReason.NOT_THE_PATIENT: Sentence(
        "The copy files the study under another patient or number than the archive does, so that no message about it "
        "can be sent.",
        "De kopie heeft het onderzoek onder een andere patiënt of een ander nummer dan het archief; daarover kan geen "
        "bericht verstuurd worden.",
    ),
    CopyReason.ORIGINALS_ELSEWHERE: Sentence(
        "What this copy held before an update that was begun lies in another machine's spool; only there it is "
        "finished or put back. `remediate ledger list --type copy-intent` names the machine.",
        "Wat deze kopie had voor een bijwerking die is begonnen, staat in de spool van een andere machine; alleen daar "
        "wordt die afgemaakt of teruggedraaid. `remediate ledger list --type copy-intent` noemt de machine.",
    ),
}
