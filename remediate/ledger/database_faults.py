"""Everything that can be wrong with a ledger, each with its code and one sentence; finds nothing itself."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from remediate.records.ledger import ChainProblem
from remediate.texts.language import Language, Sentence


class ChainFault(StrEnum):
    """What can be wrong with a ledger."""

    EVENT_MISSING = "event-missing"
    LINK_BROKEN = "link-broken"
    CONTENT_CHANGED = "content-changed"
    UNREADABLE = "event-unreadable"
    TAIL_MISSING = "tail-missing"
    TAIL_ADDED = "tail-added"
    MERKLE_ROOT = "merkle-root"
    PROTECTION_MISSING = "protection-missing"
    KEY_SWAPPED = "key-swapped"
    CHECKPOINT_FORMAT = "checkpoint-format"
    CHECKPOINT_SIGNATURE = "checkpoint-signature"
    CHECKPOINT_OF_OTHER_LEDGER = "checkpoint-of-other-ledger"
    CHECKPOINT_DIFFERS = "checkpoint-differs"
    ROW_UNEXPLAINED = "row-unexplained"
    ROW_MISSING = "row-missing"


SENTENCES: Mapping[ChainFault, Sentence] = {
    ChainFault.EVENT_MISSING: Sentence(
        "One or more events before this one are gone, or its number was changed.",
        "Een of meer gebeurtenissen vóór deze ontbreken, of het nummer is veranderd.",
    ),
    ChainFault.LINK_BROKEN: Sentence(
        "This event does not follow the one before it: inserted, moved or replaced.",
        "Deze gebeurtenis volgt niet op de vorige: ingevoegd, verplaatst of vervangen.",
    ),
    ChainFault.CONTENT_CHANGED: Sentence(
        "The content of this event was changed after it was written.",
        "De inhoud van deze gebeurtenis is na het schrijven veranderd.",
    ),
    ChainFault.UNREADABLE: Sentence("This event cannot be read.", "Deze gebeurtenis is onleesbaar."),
    ChainFault.TAIL_MISSING: Sentence(
        "The last events are gone: the ledger once held more.",
        "De laatste gebeurtenissen ontbreken: het logboek bevatte er meer.",
    ),
    ChainFault.TAIL_ADDED: Sentence(
        "The last events were not added by this program.",
        "De laatste gebeurtenissen zijn niet door dit programma toegevoegd.",
    ),
    ChainFault.PROTECTION_MISSING: Sentence(
        "The database no longer forbids changes to the ledger: its triggers were removed or replaced.",
        "De database verbiedt wijzigingen in het logboek niet meer: de triggers zijn verwijderd of vervangen.",
    ),
    ChainFault.MERKLE_ROOT: Sentence(
        "The Merkle root in this event is not that of its batch's events.",
        "De Merkle-wortel in deze gebeurtenis is niet die van de gebeurtenissen van de batch.",
    ),
    ChainFault.KEY_SWAPPED: Sentence(
        "The ledger names another public key than the one it is checked with.",
        "Het logboek noemt een andere publieke sleutel dan die waarmee het wordt nagegaan.",
    ),
    ChainFault.CHECKPOINT_FORMAT: Sentence("A checkpoint cannot be read.", "Een controlepunt is onleesbaar."),
    ChainFault.CHECKPOINT_SIGNATURE: Sentence(
        "The signature of a checkpoint is not that of this ledger's key.",
        "De handtekening van een controlepunt is niet van de sleutel van dit logboek.",
    ),
    ChainFault.CHECKPOINT_OF_OTHER_LEDGER: Sentence(
        "A checkpoint belongs to another ledger.", "Een controlepunt hoort bij een ander logboek."
    ),
    ChainFault.CHECKPOINT_DIFFERS: Sentence(
        "The events up to here are not those that the checkpoint signed: history was rewritten.",
        "De gebeurtenissen tot hier zijn niet die van het controlepunt: de geschiedenis is herschreven.",
    ),
    ChainFault.ROW_UNEXPLAINED: Sentence(
        "A row of a table is not what the events say: it was changed or put there by other hands.",
        "Een rij van een tabel is niet wat de gebeurtenissen zeggen: ze is door anderen gewijzigd of toegevoegd.",
    ),
    ChainFault.ROW_MISSING: Sentence(
        "The row that an event tells of is gone.", "De rij waarover een gebeurtenis vertelt, is verdwenen."
    ),
}


def problem(seq: int, fault: ChainFault, *, after: int = 0, where: str = "") -> ChainProblem:
    """A fault with its place (0: the ledger as a whole) and its sentence.

    `after` is the last event that is proved, where the fault may lie anywhere up to `seq`; `where` names a checkpoint.
    """
    return ChainProblem(seq=seq, problem=fault.value, sentence=SENTENCES[fault].en, after=after, where=where)


def sentence_of(found: ChainProblem, language: Language) -> str:
    """What is wrong, for people."""
    return SENTENCES[ChainFault(found.problem)].in_(language)
