"""The states of a study and the moves that are allowed between them."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from remediate.texts.language import Sentence


class State(StrEnum):
    """Where a study stands. The coarse state decides what may happen next; a reason code explains it."""

    SURVEYED = "surveyed"
    CORRECT = "correct"
    PLANNED = "planned"
    REVIEW = "review"
    EXCLUDED = "excluded"
    INTENT = "intent"
    STORED = "stored"
    VERIFIED = "verified"
    FAILED = "failed"
    QUARANTINED = "quarantined"
    DRIFTED = "drifted"
    ROLLED_BACK = "rolled_back"


WORDS: Mapping[State, Sentence] = {
    State.SURVEYED: Sentence("surveyed", "geïnventariseerd"),
    State.CORRECT: Sentence("correct", "juist"),
    State.PLANNED: Sentence("planned", "gepland"),
    State.REVIEW: Sentence("review", "te beoordelen"),
    State.EXCLUDED: Sentence("excluded", "uitgesloten"),
    State.INTENT: Sentence("begun", "begonnen"),
    State.STORED: Sentence("stored", "opgeslagen"),
    State.VERIFIED: Sentence("verified", "geverifieerd"),
    State.FAILED: Sentence("failed", "mislukt"),
    State.QUARANTINED: Sentence("quarantined", "in quarantaine"),
    State.DRIFTED: Sentence("drifted", "niet meer zoals gepland"),
    State.ROLLED_BACK: Sentence("rolled back", "teruggedraaid"),
}
"""How each state is called where people read it."""

OPEN = frozenset({State.INTENT, State.STORED})
"""States in which the archive may hold a mixture: settle by looking before anything else."""

UNFINISHED = (State.PLANNED, State.INTENT, State.STORED, State.FAILED)
"""How far a plan came with a study that it must still take up."""

DONE = (State.VERIFIED, State.ROLLED_BACK)
"""What a plan was for, and was read back."""

SET_APART = (State.QUARANTINED, State.ROLLED_BACK)
"""Studies that a person took out of what goes by itself, or has to look at first."""

AMISS = (State.FAILED, State.QUARANTINED, State.DRIFTED)
"""Ends of a night that somebody wants to hear of."""

_PLANNABLE = frozenset({State.CORRECT, State.PLANNED, State.REVIEW, State.EXCLUDED})

# To INTENT from a state outside a plan goes only a roll-back: a study that was verified may since have been judged
# otherwise. From INTENT nothing goes back to PLANNED: whoever planned it anew would let its originals go, and the
# worker that has it in hand could not go on. From QUARANTINED nothing goes by itself: a person looks first.
MOVES: Mapping[State, frozenset[State]] = {
    State.SURVEYED: _PLANNABLE | {State.INTENT},
    State.CORRECT: _PLANNABLE | {State.SURVEYED, State.INTENT},
    State.PLANNED: _PLANNABLE | {State.SURVEYED, State.INTENT, State.DRIFTED, State.FAILED},
    State.REVIEW: _PLANNABLE | {State.SURVEYED, State.INTENT},
    State.EXCLUDED: _PLANNABLE | {State.SURVEYED, State.INTENT},
    State.INTENT: frozenset({State.STORED, State.FAILED, State.DRIFTED, State.QUARANTINED}),
    State.STORED: frozenset({State.VERIFIED, State.ROLLED_BACK, State.FAILED, State.QUARANTINED, State.DRIFTED}),
    State.FAILED: _PLANNABLE | {State.INTENT, State.FAILED, State.QUARANTINED, State.SURVEYED, State.DRIFTED},
    State.QUARANTINED: frozenset({State.SURVEYED}),
    State.DRIFTED: _PLANNABLE | {State.SURVEYED, State.INTENT},
    State.VERIFIED: _PLANNABLE | {State.INTENT},
    State.ROLLED_BACK: frozenset({State.INTENT}),
}


def may_move(old: State, new: State) -> bool:
    """Whether the state machine knows this move; staying where one is counts as a move of the same kind."""
    return old is new or new in MOVES[old]
