"""Every sentence of a plan's page in English and Dutch. No figures here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from remediate.records.states import State
from remediate.report.page_words import PageWords
from remediate.texts.language import Language, Sentence

WORDS: Mapping[str, Sentence] = {
    "title_correct": Sentence("May {plan} go into the archive?", "Mag {plan} het archief in?"),
    "title_rollback": Sentence("May {plan} undo corrections?", "Mag {plan} correcties terugdraaien?"),
    "made": Sentence("Made on {at} by {by}", "Gemaakt op {at} door {by}"),
    "means": Sentence("What approving means", "Wat goedkeuren betekent"),
    "lead_correct": Sentence(
        "In {studies} of {patients}, {objects} in all, the BSN gets the right place in the archive.",
        "In {studies} van {patients}, samen {objects}, komt het BSN in het archief op de juiste plaats.",
    ),
    "lead_rollback": Sentence(
        "{studies}, {objects} in all, become byte for byte what they were before our correction.",
        "{studies}, samen {objects}, worden byte voor byte wat ze vóór onze correctie waren.",
    ),
    "lead_nothing": Sentence(
        "There is nothing to approve: no study would be changed.",
        "Er is niets goed te keuren: er zou geen onderzoek gewijzigd worden.",
    ),
    "studies": Sentence("studies", "onderzoeken"),
    "patients": Sentence("patients", "patiënten"),
    "objects": Sentence("objects", "objecten"),
    "nights": Sentence("nights (estimate)", "nachten (schatting)"),
    "about": Sentence("about {number}", "ongeveer {number}"),
    "coverage_told": Sentence(
        "Right are {before} of the studies that count, and {after} once all of this is done; the target is more than "
        "95 %. Exceptions, such as newborns, are not counted.",
        "Goed is {before} van de onderzoeken die meetellen, en {after} als dit alles gedaan is; het doel is meer dan "
        "95 %. Uitzonderingen, zoals pasgeborenen, tellen niet mee.",
    ),
    "coverage_none": Sentence(
        "No study counts: all are exceptions, no longer in the archive, or not looked at.",
        "Er telt geen onderzoek mee: alle zijn uitzonderingen, niet meer in het archief of niet bekeken.",
    ),
    "moves_from": Sentence("Where the BSN stands now", "Waar het BSN nu staat"),
    "elsewhere_too": Sentence(
        "It is wrong in {ways} other ways: see the kinds of studies.",
        "Het is op {ways} andere manieren fout: zie de soorten onderzoeken.",
    ),
    "moves_to": Sentence("Where it will stand", "Waar het komt te staan"),
    "archive": Sentence("archive", "archief"),
    "output": Sentence("how", "hoe"),
    "profile": Sentence("target profile", "doelprofiel"),
    "rests_on": Sentence(
        "{profile}, as {norm} says; confirmed by {by}{on}", "{profile}, volgens {norm}; bevestigd door {by}{on}"
    ),
    "rests_on_day": Sentence(" on {day}", " op {day}"),
    "rests_on_norm": Sentence(
        "{profile}, as {norm} says; the configuration names nobody who confirmed it (target.confirmed.by)",
        "{profile}, volgens {norm}; de configuratie noemt niemand die het bevestigde (target.confirmed.by)",
    ),
    "rests_on_person": Sentence(
        "{profile}, confirmed by {by}; the configuration names no document that says so (target.confirmed.document)",
        "{profile}, bevestigd door {by}; de configuratie noemt geen document dat dit voorschrijft "
        "(target.confirmed.document)",
    ),
    "rests_on_nothing": Sentence(
        "{profile}. The configuration names no document that says so and nobody who confirmed it "
        "(target.confirmed): ask before you approve.",
        "{profile}. De configuratie noemt geen document dat dit voorschrijft en niemand die het bevestigde "
        "(target.confirmed): vraag ernaar voordat u goedkeurt.",
    ),
    "numbers": Sentence("which BSNs", "welke BSN's"),
    "range_test": Sentence("only of the test range: this is a test", "alleen uit de testreeks: dit is een test"),
    "range_production": Sentence("real ones; none of the test range", "echte; geen uit de testreeks"),
    "range_any": Sentence("real ones and those of the test range", "echte en die uit de testreeks"),
    "stays": Sentence("what stays", "wat blijft"),
    "stays_told": Sentence(
        "every other byte: images, private elements, transfer syntax and UIDs",
        "elke andere byte: beelden, private elementen, transfer syntax en UID's",
    ),
    "added": Sentence("what is added", "wat erbij komt"),
    "added_told": Sentence(
        "Original Attributes Sequence (0400,0561): what was changed, when and by which system",
        "Original Attributes Sequence (0400,0561): wat er gewijzigd is, wanneer en door welk systeem",
    ),
    "verified": Sentence("verification", "controle"),
    "copies": Sentence("copies", "kopieën"),
    "undo": Sentence("undoing", "terugdraaien"),
    "undo_store": Sentence(
        "byte for byte, until the ledger's old values are shredded: remediate rollback {plan} --by NAME --why TEXT",
        "byte voor byte, zolang de oude waarden in het logboek niet vernietigd zijn: remediate rollback {plan} --by "
        "NAAM --why TEKST",
    ),
    "undo_message": Sentence(
        "not by us: an archive that is told by message keeps no earlier record",
        "niet door ons: een archief dat een bericht verwerkt, bewaart het eerdere gegeven niet",
    ),
    "undo_rollback": Sentence(
        "what was corrected comes back with: remediate rollback {plan} --by NAME --why TEXT",
        "wat gecorrigeerd was, komt terug met: remediate rollback {plan} --by NAAM --why TEKST",
    ),
    "why": Sentence("why", "reden"),
    "decided_one": Sentence("1 study rests on a person's decision", "1 onderzoek rust op de beslissing van een mens"),
    "decided": Sentence(
        "{number} studies rest on a person's decision", "{number} onderzoeken rusten op de beslissing van een mens"
    ),
    "decided_told": Sentence(
        "Proof alone was not enough: a reviewer confirmed who the patient is, in spite of what stands here. Who "
        "approves stands for that too.",
        "Het bewijs alleen was niet genoeg: wie het beoordeelde, heeft bevestigd wie de patiënt is, ondanks wat hier "
        "staat. Wie goedkeurt, staat daar ook voor.",
    ),
    "remembered_here_one": Sentence(
        "1 of these is remembered: nobody looked at the study itself.",
        "1 hiervan is onthouden: niemand bekeek het onderzoek zelf.",
    ),
    "remembered_here": Sentence(
        "{number} of these are remembered: nobody looked at the studies themselves.",
        "{number} hiervan zijn onthouden: niemand bekeek de onderzoeken zelf.",
    ),
    "remembered": Sentence(
        "Remembered: made about an earlier study with the same headers and patient.",
        "Onthouden: genomen over een eerder onderzoek met dezelfde headers en patiënt.",
    ),
    "seconded": Sentence(
        "Who looked as well, without seeing it: {accounts}.", "Wie er ook naar keek, zonder het te zien: {accounts}."
    ),
    "against": Sentence("What spoke against it, or lacked", "Wat ertegen sprak of ontbrak"),
    "nothing": Sentence("nothing", "niets"),
    "by_account": Sentence("{person} (account {account}), {at}", "{person} (account {account}), {at}"),
    "by_person": Sentence("{person}, {at}", "{person}, {at}"),
    "not_shown": Sentence("(reason not shown: it named the patient)", "(reden niet getoond: die noemde de patiënt)"),
    "more_decided": Sentence(
        "And {decisions} more decisions, on {studies}: all stand in plan.csv.",
        "En nog {decisions} beslissingen, over {studies}: alle staan in plan.csv.",
    ),
    "excluded_by_person_one": Sentence("1 of these was left out by a person", "1 hiervan heeft een mens uitgesloten"),
    "excluded_by_person": Sentence(
        "{number} of these were left out by people", "{number} hiervan hebben mensen uitgesloten"
    ),
    "more_excluded": Sentence(
        "And {studies} more, by {decisions} decisions: all stand in plan.csv.",
        "En nog {studies}, door {decisions} beslissingen: alle staan in plan.csv.",
    ),
    "proven_one": Sentence("1 study rests on proof", "1 onderzoek rust op bewijs"),
    "proven": Sentence("{number} studies rest on proof", "{number} onderzoeken rusten op bewijs"),
    "proven_rollback": Sentence("{studies} to restore", "{studies} om te herstellen"),
    "common": Sentence(
        "For each of these studies all of this holds:", "Voor elk van deze onderzoeken geldt dit alles:"
    ),
    "by_kind": Sentence(
        "They differ in where the BSN stands now and in what proves whose it is:",
        "Ze verschillen in waar het BSN nu staat en in wat bewijst van wie het is:",
    ),
    "draw": Sentence(
        "The examples are drawn by the plan's digest: nobody chose them, and everybody who reads this plan sees the "
        "same ones. Look some of them up in the archive.",
        "De voorbeelden zijn geloot met de digest van het plan: niemand koos ze, en wie dit plan ook leest, ziet "
        "dezelfde. Zoek er enkele op in het archief.",
    ),
    "more_kinds": Sentence(
        "And {studies} of {kinds} smaller kinds: all stand in plan.csv.",
        "En nog {studies} van {kinds} kleinere soorten: alle staan in plan.csv.",
    ),
    "example": Sentence("Patient ID {number}, EPD {epd}", "Patient ID {number}, EPD {epd}"),
    "example_alone": Sentence("Patient ID {number}", "Patient ID {number}"),
    "moved": Sentence("BSN {bsn}, now in {places}", "BSN {bsn}, nu in {places}"),
    "filled": Sentence("BSN {bsn}, which it lacks now", "BSN {bsn}, dat nu ontbreekt"),
    "left_out": Sentence("What is left out, and why", "Wat niet meegaat, en waarom"),
    "left_out_told": Sentence(
        "Approving changes nothing in these studies.", "Goedkeuren verandert aan deze onderzoeken niets."
    ),
    "nothing_left_out": Sentence(
        "Nothing: every study of the plan is changed.", "Niets: elk onderzoek wordt gewijzigd."
    ),
    "review": Sentence("{studies} for a person", "{studies} voor een mens"),
    "review_told": Sentence(
        "Something contradicts or lacks. They stand in review.csv; a person decides with: remediate review",
        "Iets spreekt tegen of ontbreekt. Ze staan in review.csv; een mens beslist met: remediate review",
    ),
    "excluded": Sentence("{studies} excluded", "{studies} uitgesloten"),
    "correct": Sentence("{studies} already right", "{studies} al goed"),
    "reason": Sentence("reason", "reden"),
    "order": Sentence("What goes first, and why", "Wat eerst gaat, en waarom"),
    "order_told": Sentence(
        "The order says when, never whether. Approving does not bind it: a later list changes the next plan's order.",
        "De volgorde zegt wanneer, nooit of. Goedkeuren legt haar niet vast: een latere lijst verandert die van het "
        "volgende plan.",
    ),
    "approve": Sentence("To approve", "Goedkeuren"),
    "approve_told": Sentence(
        "An approval binds an account and a name to exactly this plan and this page:",
        "Een goedkeuring bindt een account en een naam aan precies dit plan en deze pagina:",
    ),
    "approve_people": Sentence(
        "It takes {people} people, each under an account of their own.",
        "Er zijn {people} mensen nodig, elk onder een eigen account.",
    ),
    "approve_one": Sentence("It takes one person.", "Er is één mens nodig."),
    "withdraw": Sentence(
        "To take it back afterwards: remediate withdraw {plan} --by NAME --why TEXT",
        "Daarna intrekken: remediate withdraw {plan} --by NAAM --why TEKST",
    ),
    "name": Sentence("NAME", "NAAM"),
    "digest": Sentence("digest of the plan", "digest van het plan"),
    "ledger": Sentence("ledger", "logboek"),
    "elsewhere": Sentence(
        "plan.csv and review.csv beside this page have every study on a line of its own; plan.json is what the digest "
        "covers.",
        "plan.csv en review.csv naast deze pagina hebben elk onderzoek op een eigen regel; de digest gaat over "
        "plan.json.",
    ),
}

TARGETS: Mapping[str, Sentence] = {
    "other-patient-ids-sequence": Sentence(
        "An item of its own in Other Patient IDs Sequence (0010,1002), with issuer NLMINBIZA and type NNNLD. "
        "From Other Patient IDs (0010,1000) this number goes. Patient ID and every other number are kept.",
        "Een eigen item in Other Patient IDs Sequence (0010,1002), met uitgevende instantie NLMINBIZA en type NNNLD. "
        "Uit Other Patient IDs (0010,1000) verdwijnt dit nummer. Patient ID en elk ander nummer blijven behouden.",
    ),
    "patient-id": Sentence(
        "Patient ID (0010,0020), with issuer NLMINBIZA and type NNNLD. The hospital's own number moves, with its "
        "issuer, into Other Patient IDs Sequence (0010,1002).",
        "Patient ID (0010,0020), met uitgevende instantie NLMINBIZA en type NNNLD. Het eigen nummer van het ziekenhuis "
        "verhuist, met zijn uitgevende instantie, naar Other Patient IDs Sequence (0010,1002).",
    ),
    "custom": Sentence(
        "The elements that the configuration names (target.elements).",
        "De elementen die de configuratie noemt (target.elements).",
    ),
}
"""Where the BSN will stand, by profile (domain: PS3.3 C.2.2)."""

_COUNTED: Mapping[str, tuple[Sentence, Sentence]] = {
    "studies": (Sentence("{} study", "{} onderzoek"), Sentence("{} studies", "{} onderzoeken")),
    "patients": (Sentence("{} patient", "{} patiënt"), Sentence("{} patients", "{} patiënten")),
    "objects": (Sentence("{} object", "{} object"), Sentence("{} objects", "{} objecten")),
}

_CORRECTIONS: Mapping[str, str] = {
    "found: nowhere, to be filled": "gevonden: nergens, wordt ingevuld",
    "found: ": "gevonden: ",
    "write: ": "schrijven: ",
    "restore: ": "terugzetten: ",
}
"""How what a plan does to a study begins, in English and Dutch."""

LEFT_OUT = (State.REVIEW, State.EXCLUDED, State.CORRECT)
"""States of what a plan leaves alone, as the page has them."""


def corrections_in(language: Language, corrections: Iterable[str]) -> tuple[str, ...]:
    """What a plan does to a study; the document itself is in English, as its digest binds it."""
    return tuple(map(_dutch_correction, corrections)) if language is Language.NL else tuple(corrections)


def _dutch_correction(text: str) -> str:
    begin = next((begin for begin in _CORRECTIONS if text.startswith(begin)), "")
    return _CORRECTIONS.get(begin, "") + text.removeprefix(begin)


class PlanWords(PageWords):
    """Speaks one language."""

    words = WORDS

    def count(self, what: str, number: int) -> str:
        """A number with its noun."""
        one, many = _COUNTED[what]
        return (one if number == 1 else many).in_(self.language).format(self.number(number))

    def resting(self, on: str, number: int) -> str:
        """How many studies rest on proof, or on a person's decision."""
        return self(f"{on}_one" if number == 1 else on, number=number)

    def after(self, profile: str) -> str:
        """Where the BSN will stand under a profile."""
        return TARGETS[profile].in_(self.language) if profile in TARGETS else profile

    def rests_on(self, profile: str, confirmed: Mapping[str, str]) -> str:
        """On which document and person the profile rests, as `target.confirmed` tells it."""
        by, document, version = (confirmed.get(key, "") for key in ("by", "document", "version"))
        norm = f"{document}, {version}" if document and version else document
        on = self("rests_on_day", day=confirmed["on"]) if confirmed.get("on") else ""
        name = ("rests_on" if by else "rests_on_norm") if norm else ("rests_on_person" if by else "rests_on_nothing")
        return self(name, profile=profile, norm=norm, by=by, on=on)
