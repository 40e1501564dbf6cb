"""The words of the answer for one patient, in English and Dutch; see `patient_page`."""

from __future__ import annotations

from collections.abc import Mapping

from remediate.reasons.study import sentence
from remediate.records.ledger import EventType, NewEvent
from remediate.report.page_words import PageWords
from remediate.texts.language import Sentence

_WORDS: Mapping[str, Sentence] = {
    "title": Sentence("What was done with your imaging studies", "Wat er met uw beeldonderzoeken is gedaan"),
    "lead": Sentence(
        "Answer to a request of access (GDPR article 15). The hospital puts the BSN (the Dutch citizen service number) "
        "in the right place in older imaging studies. Images and reports themselves are not changed.",
        "Antwoord op een verzoek om inzage (AVG artikel 15). Het ziekenhuis zet het BSN op de juiste plaats in oudere "
        "beeldonderzoeken. Beelden en verslagen zelf worden niet gewijzigd.",
    ),
    "none": Sentence(
        "The ledger knows no study under this number.", "Het logboek kent onder dit nummer geen onderzoek."
    ),
    "studies": Sentence("{n} studies", "{n} onderzoeken"),
    "study": Sentence("Study", "Onderzoek"),
    "dated": Sentence("of {date}", "van {date}"),
    "stands": Sentence("Status", "Status"),
    "plan": Sentence("Plan", "Plan"),
    "withdrawn": Sentence("withdrawn", "ingetrokken"),
    "batch": Sentence("batch", "batch"),
    "proofs": Sentence("On these proofs", "Op deze bewijzen"),
    "because": Sentence("Because", "Omdat"),
    "no_file": Sentence(
        "the plan's file is not there, or was changed since: its proofs cannot be shown",
        "het bestand van het plan is er niet, of is sindsdien gewijzigd: de bewijzen zijn niet te tonen",
    ),
    "against": Sentence("against it", "ertegen"),
    "decided": Sentence("Decided by", "Beslist door"),
    "approved": Sentence("Approved by", "Goedgekeurd door"),
    "nobody": Sentence("nobody", "niemand"),
    "changed": Sentence("Changed in the archive", "Gewijzigd in het archief"),
    "before": Sentence("before", "eerst"),
    "after": Sentence("after", "daarna"),
    "nothing_changed": Sentence("Nothing was changed.", "Er is niets gewijzigd."),
    "history": Sentence("What happened", "Wat er gebeurde"),
    "no_history": Sentence(
        "Nothing else was done with it: its data were read from the archive's index and judged.",
        "Er is verder niets mee gedaan: de gegevens zijn uit de index van het archief gelezen en beoordeeld.",
    ),
    "looked": Sentence("Who looked", "Wie er keek"),
    "nobody_looked": Sentence(
        "Nobody saw values of these studies or took the ledger out.",
        "Niemand zag waarden van deze onderzoeken of haalde het logboek eruit.",
    ),
    "made": Sentence("Made on {at} by {who}", "Gemaakt op {at} door {who}"),
    "masked": Sentence(
        "Values are masked: only the last digits of numbers are shown.",
        "Waarden zijn afgeschermd: van nummers staan er alleen de laatste cijfers.",
    ),
    "revealed": Sentence(
        "Values are shown in clear; that was written down in the ledger.",
        "Waarden staan er leesbaar; dat is in het logboek vastgelegd.",
    ),
    "account": Sentence("account {account}", "account {account}"),
}

EVENTS: Mapping[EventType, Sentence] = {
    EventType.HEADER_PROBE: Sentence("header read from the archive", "header uit het archief gelezen"),
    EventType.PLANNED: Sentence("planned", "in een plan opgenomen"),
    EventType.STATE: Sentence("judged", "beoordeeld"),
    EventType.LEFT_ALONE: Sentence("left as it was", "gelaten zoals het was"),
    EventType.REVIEW_DECISION: Sentence("a person decided", "een mens besliste"),
    EventType.REVIEW_LOOK: Sentence(
        "a person looked, and a second one has to", "een mens beoordeelde het, en een tweede moet dat nog"
    ),
    EventType.RETRIEVED: Sentence("retrieved from the archive", "uit het archief opgehaald"),
    EventType.INTENT: Sentence("correction written down, not yet made", "correctie vastgelegd, nog niet gemaakt"),
    EventType.MESSAGE: Sentence("message about the patient sent", "bericht over de patiënt verstuurd"),
    EventType.STORED: Sentence(
        "corrected objects stored in the archive", "gecorrigeerde objecten opgeslagen in het archief"
    ),
    EventType.VERIFIED: Sentence("read back and found right", "teruggelezen en in orde bevonden"),
    EventType.VERIFY: Sentence("read back again", "opnieuw teruggelezen"),
    EventType.COPY_CHECKED: Sentence("a copy elsewhere looked at", "een kopie elders bekeken"),
    EventType.COPY_INTENT: Sentence("about to bring a copy up to date", "een kopie wordt bijgewerkt"),
    EventType.COPY_UPDATED: Sentence("copy brought up to date", "kopie bijgewerkt"),
    EventType.TOLD: Sentence("others told of it", "anderen ervan bericht"),
    EventType.ROLLBACK: Sentence("put back as it was", "teruggezet zoals het was"),
    EventType.KEY_USE: Sentence("seen in clear", "leesbaar bekeken"),
    EventType.EXPORT: Sentence("taken out of the ledger", "uit het logboek gehaald"),
    EventType.LEDGER_CREATED: Sentence("ledger made", "logboek gemaakt"),
    EventType.SURVEY: Sentence("archive surveyed", "archief geïnventariseerd"),
    EventType.SURVEY_IMPORT: Sentence("list of studies read in", "lijst van onderzoeken ingelezen"),
    EventType.EPD_LOADED: Sentence("EPD loaded", "EPD geladen"),
    EventType.PROBE: Sentence("archive probed with a test study", "archief beproefd met een testonderzoek"),
    EventType.MESSAGES_PLANNED: Sentence("messages to the archive planned", "berichten voor het archief gepland"),
    EventType.APPROVED: Sentence("plan approved", "plan goedgekeurd"),
    EventType.WITHDRAWN: Sentence("plan withdrawn", "plan ingetrokken"),
    EventType.BATCH_OPENED: Sentence("batch begun", "batch begonnen"),
    EventType.BATCH_CLOSED: Sentence("batch ended", "batch geëindigd"),
    EventType.CONTROL: Sentence("work paused, resumed or stopped", "werk gepauzeerd, hervat of gestopt"),
    EventType.CONFIG_CHANGED: Sentence("settings changed", "instellingen gewijzigd"),
    EventType.ACCOUNT: Sentence("account of the pages changed", "account van de pagina's gewijzigd"),
    EventType.CHECKPOINT: Sentence("checkpoint of the ledger written", "controlepunt van het logboek geschreven"),
}
"""Every type of event, in words."""


_LOOKS: Mapping[str, Sentence] = {
    "answer for a patient": Sentence("answer for a patient", "antwoord voor een patiënt"),
    "batch report": Sentence("report of a batch", "verslag van een batch"),
    "epd show": Sentence("what the EPD told of a number", "wat het EPD van een nummer zei"),
    "job": Sentence("summary of a job", "samenvatting van een taak"),
    "ledger": Sentence("events of the ledger", "gebeurtenissen van het logboek"),
    "letters": Sentence("letters to senders", "brieven aan afzenders"),
    "measure": Sentence("counted for a measurement", "geteld voor een meting"),
    "messages": Sentence("messages to the archive", "berichten voor het archief"),
    "names, birth date and sex of study and EPD": Sentence(
        "names, birth date and sex of study and EPD", "namen, geboortedatum en geslacht van onderzoek en EPD"
    ),
    "notes": Sentence("notes to departments", "berichten aan afdelingen"),
    "old and new values": Sentence("old and new values", "oude en nieuwe waarden"),
    "originals": Sentence("original objects", "oorspronkelijke objecten"),
    "review decide": Sentence("a group to decide about", "een groep om over te beslissen"),
    "review export": Sentence("the list of doubtful studies", "de lijst van twijfelgevallen"),
    "review groups": Sentence("the groups of doubtful studies", "de groepen van twijfelgevallen"),
    "review list": Sentence("the list of doubtful studies", "de lijst van twijfelgevallen"),
}
"""What people took out of the ledger, by `what` of the event; each measurement is told as one."""


class PatientWords(PageWords):
    """Speaks one language."""

    words = _WORDS

    def event(self, type_: EventType) -> str:
        """What happened, in words."""
        return EVENTS[type_].in_(self.language)

    def reason(self, event: NewEvent) -> str:
        """Why, as a part of a line."""
        return sentence(event.reason, self.language).removesuffix(".") if event.reason else ""

    def looked_at(self, what: str) -> str:
        """What somebody saw, in words where we have them."""
        known = _LOOKS.get("measure" if what.startswith("measure ") else what)
        return known.in_(self.language) if known is not None else what
