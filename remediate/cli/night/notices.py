"""What running work says while it waits, a line at a time on stderr; decides nothing."""

from __future__ import annotations

import time
from collections.abc import Callable

from remediate.cli.output import Output
from remediate.night.pulse import Pulse, waited_for
from remediate.records.signs import NOTHING, Hold
from remediate.texts import notation
from remediate.texts.language import Sentence

SELDOM_SECONDS = 60.0
"""At least so long between two lines about one kind of waiting, however often it begins and ends."""


class Notices:
    """Hears of a batch what keeps it waiting, and that it goes on."""

    def __init__(self, out: Output, steady: Callable[[], float] = time.monotonic) -> None:
        self._out, self._steady = out, steady
        self._told_at: dict[Hold, float] = {}
        self._open: set[Hold] = set()

    def __call__(self, hold: Hold, told: Sentence, over: bool) -> None:
        """It begins or is over; `told` is what the archive answered, or that it did not."""
        if over:
            if hold in self._open and hold in _OVER and told == NOTHING:
                self._out.notice(_OVER[hold])
            self._open.discard(hold)
            return
        last = self._told_at.get(hold)
        if last is not None and self._steady() - last < SELDOM_SECONDS and hold is not Hold.PAUSED:
            return
        self._told_at[hold] = self._steady()
        self._open.add(hold)
        line = _BEGUN[hold]
        self._out.notice(Sentence(line.en.format(told=told.en), line.nl.format(told=told.nl)))


class Patience:
    """Says of a command that works alone when the archive keeps it waiting (`remediate.dicom.sockets.Listener`)."""

    def __init__(self, out: Output) -> None:
        self._notices = Notices(out)

    def silent(self, asked: str, *, seconds: float, allowed: float) -> None:  # noqa: ARG002 - the port's signature
        """It is no failure yet."""
        self._notices(Hold.ANSWER, waited_for(asked, allowed), False)

    def heard(self) -> None:
        """The answer, or a part of it."""
        self._notices(Hold.ANSWER, NOTHING, True)

    def gave_up(self) -> None:
        """The error says so."""


_BEGUN = {
    Hold.PAUSED: Sentence(
        "Paused: waiting for `remediate resume` or `remediate stop`.",
        "Gepauzeerd: wacht op `remediate resume` of `remediate stop`.",
    ),
    Hold.ARCHIVE: Sentence(
        "Waiting for the archive, trying again. The last try: {told}",
        "Wacht op het archief en probeert het opnieuw. De laatste poging: {told}",
    ),
    Hold.ANSWER: Sentence(
        "The archive is silent: no answer yet to {told}. Waiting.",
        "Het archief zwijgt: nog geen antwoord op {told}. Er wordt gewacht.",
    ),
    Hold.ROOM: Sentence(
        "The archive has no room for an object ({told}): it is sent again after waits that grow.",
        "Het archief heeft geen ruimte voor een object ({told}): het wordt opnieuw gestuurd, na steeds langere pauzes.",
    ),
}
_OVER = {
    Hold.ARCHIVE: Sentence("The archive answers again.", "Het archief antwoordt weer."),
    Hold.ANSWER: Sentence("The archive answers again.", "Het archief antwoordt weer."),
    Hold.ROOM: Sentence("No object waits for room any more.", "Er wacht geen object meer op ruimte."),
}


def pace_of(out: Output, pulse: Pulse) -> str:
    """Objects stored over the last minutes, where anything was stored, and why as many work at a time."""
    doing = pulse.doing()
    why = doing.pace.in_(out.language)
    if not (doing.recent_objects and doing.recent_seconds):
        return why
    told = notation.pace(doing.recent_objects / doing.recent_seconds, out.language)
    return f"{told}; {why}" if why else told
