"""Every sentence of a batch's page in English and Dutch. No figures here."""

from __future__ import annotations

from collections.abc import Mapping

from remediate.records.states import State
from remediate.report.page_words import PageWords
from remediate.texts.language import Sentence

WORDS: Mapping[str, Sentence] = {
    "title": Sentence("What {batch} did", "Wat {batch} deed"),
    "of_plan": Sentence("Batch of {plan}", "Batch van {plan}"),
    "kind_correct": Sentence("correction", "correctie"),
    "kind_rollback": Sentence("roll-back", "terugdraaiing"),
    "open": Sentence("The batch is still open.", "De batch is nog open."),
    "ended": Sentence("It ended when no work was left.", "De batch eindigde toen er geen werk meer was."),
    "stopped": Sentence("Stopped:", "Gestopt:"),
    "headline": Sentence(
        "{done} of {studies} studies were stored, read back and found as intended.",
        "{done} van {studies} onderzoeken zijn opgeslagen, teruggelezen en in orde bevonden.",
    ),
    "headline_weaker": Sentence(
        "{done} of {studies} studies were stored and verified by weaker means: {means}.",
        "{done} van {studies} onderzoeken zijn opgeslagen en met een zwakker middel geverifieerd: {means}.",
    ),
    "read_back": Sentence("of which read back", "waarvan teruggelezen"),
    "nothing": Sentence("No study was worked on.", "Er is aan geen onderzoek gewerkt."),
    "objects": Sentence("objects", "objecten"),
    "data": Sentence("data", "gegevens"),
    "took": Sentence("took", "duurde"),
    "pace": Sentence("objects a second", "objecten per seconde"),
    "outcomes": Sentence("Outcomes and reasons", "Uitkomsten en redenen"),
    "outcome": Sentence("outcome", "uitkomst"),
    "studies": Sentence("studies", "onderzoeken"),
    "reason": Sentence("reason", "reden"),
    "exceptions": Sentence("Studies to look at", "Onderzoeken om te bekijken"),
    "no_exceptions": Sentence("None: every study ended as intended.", "Geen: elk onderzoek eindigde zoals bedoeld."),
    "more": Sentence(
        "And {more} more: remediate ledger list --batch {batch} --failed",
        "En nog {more}: remediate ledger list --batch {batch} --failed",
    ),
    "look": Sentence(
        "A study's whole history: remediate ledger show STUDY",
        "De hele geschiedenis van een onderzoek: remediate ledger show ONDERZOEK",
    ),
    "pace_title": Sentence("Throughput over the night", "Doorvoer over de nacht"),
    "pace_why": Sentence("At the end: {why}", "Aan het eind: {why}"),
    "pace_label": Sentence(
        "Objects stored and read back, each {step}", "Objecten opgeslagen en teruggelezen, per {step}"
    ),
    "idle": Sentence(
        "In {idle} of these {steps} stretches nothing was stored.",
        "In {idle} van deze {steps} tijdvakken is niets opgeslagen.",
    ),
    "figures": Sentence("The same in figures", "Hetzelfde in cijfers"),
    "from": Sentence("from", "vanaf"),
    "when": Sentence("when", "wanneer"),
    "study": Sentence("study", "onderzoek"),
    "who": Sentence("Who", "Wie"),
    "planned_by": Sentence("plan made by", "plan gemaakt door"),
    "approved_by": Sentence("approved by", "goedgekeurd door"),
    "ran_as": Sentence("run under account", "uitgevoerd onder account"),
    "software": Sentence("program", "programma"),
    "config": Sentence("configuration", "configuratie"),
    "proof": Sentence("Proof", "Bewijs"),
    "proof_text": Sentence(
        "The Merkle root covers the {leaves} events of this batch; the checkpoint signs the chain up to the event that "
        "closed it. Whoever has the public key checks both with: remediate ledger verify.",
        "De Merkle-wortel omvat de {leaves} gebeurtenissen van deze batch; het controlepunt ondertekent de keten tot "
        "en met de gebeurtenis die de batch sloot. Met de publieke sleutel zijn beide na te gaan: "
        "remediate ledger verify.",
    ),
    "no_proof": Sentence(
        "The batch is open, or was closed by an older release: there is no signed root of its own.",
        "De batch is open, of gesloten door een oudere versie: er is geen eigen ondertekende wortel.",
    ),
    "root": Sentence("Merkle root", "Merkle-wortel"),
    "head": Sentence("head of the chain", "kop van de keten"),
    "ledger": Sentence("ledger", "logboek"),
    "key": Sentence("public key", "publieke sleutel"),
    "checkpoint": Sentence("signed checkpoint", "ondertekend controlepunt"),
    "signatures": Sentence("Signatures", "Handtekeningen"),
    "name": Sentence("name", "naam"),
    "date": Sentence("date", "datum"),
    "signature": Sentence("signature", "handtekening"),
    "made_at": Sentence("This page was made on {at}.", "Deze pagina is gemaakt op {at}."),
}

_STATES: Mapping[State, Sentence] = {
    State.VERIFIED: Sentence("corrected and verified", "gecorrigeerd en geverifieerd"),
    State.ROLLED_BACK: Sentence("restored and verified", "hersteld en geverifieerd"),
    State.CORRECT: Sentence("already correct", "was al goed"),
    State.DRIFTED: Sentence("left out: changed since the plan", "overgeslagen: veranderd sinds het plan"),
    State.FAILED: Sentence("failed; tried again in a later batch", "mislukt; een latere batch probeert opnieuw"),
    State.QUARANTINED: Sentence("set apart for a person", "apart gezet voor een mens"),
}


class BatchWords(PageWords):
    """Speaks one language."""

    words = WORDS

    def state(self, state: State) -> str:
        """What an outcome means."""
        return _STATES[state].in_(self.language) if state in _STATES else state.value
