"""What the pages of the ledger say."""

from __future__ import annotations

from collections.abc import Mapping

from remediate.texts.language import Sentence

LEDGER_WORDS: Mapping[str, Sentence] = {
    "search": Sentence("Search", "Zoeken"),
    "study_uid": Sentence("Study Instance UID", "Study Instance UID"),
    "person": Sentence("person or account", "persoon of account"),
    "event": Sentence("event", "gebeurtenis"),
    "outcome": Sentence("study became", "uitkomst van het onderzoek"),
    "reason_code": Sentence("reason code", "redencode"),
    "from": Sentence("from", "vanaf"),
    "until": Sentence("before", "vóór"),
    "failed_only": Sentence("only what failed", "alleen wat mislukte"),
    "all": Sentence("all", "alle"),
    "a_patient": Sentence("One patient", "Eén patiënt"),
    "a_patient_told": Sentence(
        "By hospital number or BSN, which is neither shown nor kept. That it was asked is recorded.",
        "Zoek op patiëntnummer of BSN: dat wordt niet getoond en niet bewaard. Dat u zocht, wordt vastgelegd.",
    ),
    "patient_number": Sentence("Patient's number", "Patiëntnummer"),
    "events": Sentence("Events", "Gebeurtenissen"),
    "no_events": Sentence("No event is like that.", "Er is geen gebeurtenis die hieraan voldoet."),
    "moment": Sentence("moment", "moment"),
    "who": Sentence("who", "wie"),
    "what": Sentence("what", "wat"),
    "more": Sentence("particulars", "bijzonderheden"),
    "proof": Sentence("Proof", "Bewijs"),
    "prove": Sentence("Prove the ledger", "Het logboek controleren"),
    "proof_told": Sentence(
        "Every event's digest is computed again and compared with the signed checkpoints.",
        "Van elke gebeurtenis wordt de controlesom opnieuw berekend en vergeleken met de ondertekende controlepunten.",
    ),
    "proof_runs": Sentence("At work since {at}.", "Bezig sinds {at}."),
    "proof_never": Sentence(
        "Not proved since these pages began.", "Nog niet gecontroleerd sinds deze pagina's zijn gestart."
    ),
    "proof_good": Sentence(
        "The ledger is what was written: {events} events, {checkpoints} signed checkpoints ({at}).",
        "Het logboek is zoals het is geschreven: {events} gebeurtenissen, {checkpoints} ondertekende "
        "controlepunten ({at}).",
    ),
    "proof_bad": Sentence(
        "The ledger is NOT what was written ({at}).", "Het logboek is NIET zoals het is geschreven ({at})."
    ),
    "proof_alone": Sentence(
        "None of these checkpoints was kept elsewhere: whoever has ledger and keys could rewrite both.",
        "Geen van deze controlepunten is elders bewaard: wie logboek en sleutels heeft, zou beide kunnen herschrijven.",
    ),
    "at_event": Sentence("event {seq}", "gebeurtenis {seq}"),
    "checkpoint": Sentence("Write a checkpoint", "Een controlepunt schrijven"),
    "checkpoint_kept": Sentence(
        "A checkpoint was signed, and kept at the second place.",
        "Er is een controlepunt ondertekend en op de tweede plek bewaard.",
    ),
    "checkpoint_here": Sentence(
        "A checkpoint was signed. It is kept nowhere else: ledger.checkpoints names no second place.",
        "Er is een controlepunt ondertekend, maar nergens anders bewaard: ledger.checkpoints noemt geen tweede plek.",
    ),
    "export": Sentence("Export events", "Gebeurtenissen exporteren"),
    "export_told": Sentence(
        "The file is looked through for numbers that may be a BSN; if there is one, there is no file.",
        "Het bestand wordt doorzocht op nummers die een BSN kunnen zijn; staat er een in, dan komt er geen bestand.",
    ),
    "form": Sentence("form", "vorm"),
    "download": Sentence("Download", "Downloaden"),
    "reveal": Sentence("Show values in clear", "Waarden leesbaar tonen"),
    "reveal_told": Sentence(
        "Old and new values, among them BSNs. Your name and reason are recorded before anything is shown.",
        "Oude en nieuwe waarden, waaronder BSN's. Uw naam en reden worden vastgelegd voordat er iets wordt getoond.",
    ),
    "is_revealed": Sentence(
        "Values stand here in clear. That you saw them is recorded.",
        "Hier staan waarden leesbaar. Dat u ze zag, is vastgelegd.",
    ),
    "answer_patient": Sentence(
        "What was done with this patient's studies", "Wat er met de onderzoeken van deze patiënt is gedaan"
    ),
    "in_plans": Sentence("plans", "plannen"),
    "oldest_first": Sentence("The oldest first.", "De oudste eerst."),
}
