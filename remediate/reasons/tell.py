"""What became of telling a receiver about a study: every code with one plain sentence; decides nothing."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from remediate.texts.language import Sentence


class TellReason(StrEnum):
    """How telling one receiver of one study went."""

    TOLD = "told"
    UNREACHABLE = "told-nobody"
    UNANSWERED = "told-without-answer"
    NOT_NOW = "told-not-now"
    NOT_SET_UP = "receiver-not-set-up"
    REFUSED = "telling-refused"
    NOTHING_TO_SAY = "nothing-to-say"
    OUTDATED = "telling-outdated"
    ASKED_AGAIN = "telling-asked-again"
    RENAMED = "receiver-renamed"


SENTENCES: Mapping[TellReason, Sentence] = {
    TellReason.TOLD: Sentence("The receiver was told.", "De ontvanger heeft het bericht."),
    TellReason.UNREACHABLE: Sentence(
        "The receiver could not be reached; it is told later, in order.",
        "De ontvanger was niet bereikbaar; die hoort het later, op volgorde.",
    ),
    TellReason.UNANSWERED: Sentence(
        "The receiver gave no whole answer; it is told again, under the same identifier.",
        "De ontvanger gaf geen volledig antwoord; die hoort het opnieuw, onder hetzelfde kenmerk.",
    ),
    TellReason.NOT_NOW: Sentence(
        "The receiver, or the archive that is asked for it, cannot now; it is told later, in order.",
        "De ontvanger, of het archief dat ervoor gevraagd wordt, kan nu niet; het volgt later, op volgorde.",
    ),
    TellReason.NOT_SET_UP: Sentence(
        "The certificate files that are configured for this receiver cannot be used; it is told later, in order.",
        "De certificaatbestanden die voor deze ontvanger zijn ingesteld, zijn niet te gebruiken; die hoort het later, "
        "op volgorde.",
    ),
    TellReason.REFUSED: Sentence(
        "The receiver refused the message; its own log says why.",
        "De ontvanger weigerde het bericht; zijn eigen logboek zegt waarom.",
    ),
    TellReason.NOTHING_TO_SAY: Sentence(
        "No valid message can be made of this study: the EPD no longer agrees, or the archive lists no object of it.",
        "Van dit onderzoek is geen geldig bericht te maken: het EPD stemt niet meer overeen, of het archief noemt er "
        "geen object van.",
    ),
    TellReason.OUTDATED: Sentence(
        "There is later news of the same study, so this is not sent any more.",
        "Er is nieuwer bericht over hetzelfde onderzoek; dit wordt niet meer verstuurd.",
    ),
    TellReason.ASKED_AGAIN: Sentence("A person asked to try this again.", "Een persoon vroeg dit opnieuw te proberen."),
    TellReason.RENAMED: Sentence(
        "A person handed what waits for one receiver to another name.",
        "Een persoon droeg wat op een ontvanger wacht over aan een andere naam.",
    ),
}
