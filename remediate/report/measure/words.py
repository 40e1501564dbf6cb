"""Every sentence of a measurement, in English and Dutch, and how numbers are written in each. No figures here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, tzinfo
from typing import Any

from remediate.measure.coverage import OTHERS, UNDATED, UNKNOWN
from remediate.measure.names import MASKED
from remediate.measure.reasons import why
from remediate.measure.sample import ARCHIVE
from remediate.plan.categories import SENTENCES as CATEGORIES
from remediate.plan.categories import Category
from remediate.texts import notation
from remediate.texts.language import Language, Sentence

SAID: Mapping[str, Sentence] = {
    "title": Sentence("BSN in the right place", "BSN op de juiste plaats"),
    "headline": Sentence(
        "The BSN stands in the right place in {correct} of {studies} {studies:study|studies}: {share}.",
        "Het BSN staat op de juiste plaats in {correct} van {studies} {studies:onderzoek|onderzoeken}: {share}.",
    ),
    "target": Sentence("Target: more than 95 %.", "Doel: meer dan 95 %."),
    "reached": Sentence("Reached.", "Gehaald."),
    "not_reached": Sentence("Not reached: {needed} more needed.", "Niet gehaald: nog {needed} nodig."),
    "missed": Sentence("Not reached.", "Niet gehaald."),
    "empty": Sentence(
        "No study counts, so there is no share: the denominator is empty.",
        "Er telt geen onderzoek mee, dus er is geen percentage: de noemer is leeg.",
    ),
    "course": Sentence(
        "As found {found}, now {now}, once all that can be is corrected {after}.",
        "Zoals aangetroffen {found}, nu {now}, als alles wat kan gecorrigeerd is {after}.",
    ),
    "as_found": Sentence("as found", "aangetroffen"),
    "now": Sentence("now", "nu"),
    "once_corrected": Sentence("once all that can be is corrected", "als alles wat kan gecorrigeerd is"),
    "corrected": Sentence("corrected", "gecorrigeerd"),
    "can_be_corrected": Sentence("to correct", "te corrigeren"),
    "not_right": Sentence("not in the right place", "niet op de juiste plaats"),
    "denominator": Sentence(
        "Counted: {studies} of {surveyed} surveyed {surveyed:study|studies}. Left out: legitimately without a BSN "
        "{excepted}{rules}, "
        "our own test studies {tests}. Studies set aside by a person or rolled back count as not right.",
        "Geteld: {studies} van {surveyed} {surveyed:geïnventariseerd onderzoek|geïnventariseerde onderzoeken}. Niet "
        "meegeteld: terecht zonder BSN "
        "{excepted}{rules}, eigen testonderzoeken {tests}. Wat een mens apart zette of terugdraaide, telt "
        "als niet goed.",
    ),
    "undecided": Sentence(
        "In no plan yet: {undecided} {undecided:study. It was|studies. They were} judged now, as a plan would do.",
        "Nog in geen plan: {undecided} {undecided:onderzoek. Het is|onderzoeken. Ze zijn} nu beoordeeld, zoals een "
        "plan dat zou doen.",
    ),
    "not_looked_at": Sentence(
        "Not looked at: {number} {number:study|studies}. No header was read, and the index does not tell where the "
        "BSN "
        "stands. If none of them were right, it would be {low} of all; if all were, {high}.",
        "Niet bekeken: {number} {number:onderzoek|onderzoeken}. Er is geen header van gelezen, en de index vertelt "
        "niet waar het BSN "
        "staat. Als er geen van goed is, is het {low} van alles; als alles goed is, {high}.",
    ),
    "not_looked_at_received": Sentence(
        "Not looked at: {number} {number:study|studies}, of which no header was read.",
        "Niet bekeken: {number} {number:onderzoek|onderzoeken}, waarvan geen header gelezen is.",
    ),
    "unknown_when_received": Sentence(
        "Changed by others since they came, and not counted: {number} {number:study|studies}.",
        "Door anderen gewijzigd na binnenkomst, en niet meegeteld: {number} {number:onderzoek|onderzoeken}.",
    ),
    "unread": Sentence("not looked at", "niet bekeken"),
    "received_bounds": Sentence(
        "If none of these came right, it would be {low} of all; if all did, {high}.",
        "Als daarvan niets goed binnenkwam, is het {low} van alles; als alles goed binnenkwam, {high}.",
    ),
    "open": Sentence(
        "Not known yet: the studies that nobody looked at decide.",
        "Nog niet bekend: de onderzoeken die niemand bekeek, beslissen.",
    ),
    "nothing_read": Sentence(
        "No header was read of any study that counts, so there is no share.",
        "Van geen enkel onderzoek dat meetelt is een header gelezen, dus er is geen percentage.",
    ),
    "unconfirmed": Sentence(
        "Of those in the right place, the EPD does not confirm {number}: right by their headers, of patients who are "
        "not in it, or not well enough.",
        "Van wat op de juiste plaats staat, bevestigt het EPD er {number} niet: goed volgens de headers, van "
        "patiënten "
        "die er niet of niet goed genoeg in staan.",
    ),
    "seen": Sentence(
        "As the archive was last seen from {first} to {last}, not as it is today.",
        "Zoals het archief van {first} tot {last} voor het laatst gezien is, niet zoals het vandaag is.",
    ),
    "seen_on": Sentence(
        "As the archive was last seen on {day}.", "Zoals het archief op {day} voor het laatst gezien is."
    ),
    "seen_old": Sentence(
        "Last seen more than {days} days ago: {number} {number:study|studies}. Survey the archive again before you "
        "rely on this.",
        "Langer dan {days} dagen geleden voor het laatst gezien: {number} {number:onderzoek|onderzoeken}. "
        "Inventariseer het archief "
        "opnieuw voor u hierop bouwt.",
    ),
    "measured_on": Sentence("Measured on {day}.", "Gemeten op {day}."),
    "measured_old": Sentence(
        "Measured on {day}, {days} days ago: measure again before you rely on it.",
        "Gemeten op {day}, {days} dagen geleden: meet opnieuw voor u erop bouwt.",
    ),
    "gone": Sentence(
        "No longer in the archive, and not counted: {number}.",
        "Niet meer in het archief, en niet meegeteld: {number}.",
    ),
    "why_not": Sentence("Where the others are", "Waar de andere staan"),
    "what_next": Sentence("What to do next", "Wat nu te doen"),
    "concentrated": Sentence(
        "More often not right than elsewhere (not right / studies):",
        "Vaker niet goed dan elders (niet goed / onderzoeken):",
    ),
    "year": Sentence("study year", "onderzoeksjaar"),
    "modality": Sentence("modality", "modaliteit"),
    "institution": Sentence("institution", "instelling"),
    "station": Sentence("station", "apparaat"),
    "department": Sentence("referring department", "aanvragende afdeling"),
    "by_year": Sentence("By study year", "Per onderzoeksjaar"),
    "by_modality": Sentence("By modality", "Per modaliteit"),
    "by_institution": Sentence("By institution", "Per instelling"),
    "by_station": Sentence("By station", "Per apparaat (Station Name)"),
    "by_department": Sentence("By referring department", "Per aanvragende afdeling"),
    "by_stratum": Sentence("What was drawn, by group", "Wat getrokken is, per groep"),
    "by_week": Sentence("By week", "Per week"),
    "by_destination": Sentence("By destination", "Per bestemming"),
    "by_type": Sentence("By way of sending", "Per verzendwijze"),
    "by_month": Sentence("By month", "Per maand"),
    "more_rows": Sentence("{more} more stand in {file}.", "Nog {more} staan in {file}."),
    "group": Sentence("group", "groep"),
    "studies": Sentence("studies", "onderzoeken"),
    "number": Sentence("number", "aantal"),
    "share": Sentence("share", "aandeel"),
    "reason": Sentence("reason", "reden"),
    "population": Sentence("in all", "in totaal"),
    "drawn": Sentence("drawn", "getrokken"),
    "judged": Sentence("judged", "beoordeeld"),
    "right": Sentence("right", "goed"),
    "contact": Sentence("contact", "contact"),
    "no_contact": Sentence("not in the address book", "niet in het adresboek"),
    "page": Sentence("Page", "Pagina"),
    "files": Sentence("Figures", "Cijfers"),
    "board": Sentence("For the board, one page", "Voor het bestuur, één pagina"),
    "mail": Sentence("Mail to the campaign", "Mail aan de campagne"),
    "subject_line": Sentence("Subject", "Onderwerp"),
    "picture": Sentence("Picture for a slide", "Plaatje voor een dia"),
    # sample
    "sample": Sentence("Sample", "Steekproef"),
    "sample_headline": Sentence(
        "Of {judged} {judged:study|studies} looked at, {correct} {correct:has|have} the BSN in the right place in "
        "every series: {share}.",
        "Het BSN staat in elke serie op de juiste plaats in {correct} van {judged} {judged:bekeken onderzoek|bekeken "
        "onderzoeken}: {share}.",
    ),
    "sample_interval": Sentence(
        "With {confidence} confidence the share among all {population} lies between {low} and {high} (drawn at random; "
        "an exact interval).",
        "Met {confidence} zekerheid ligt het aandeel onder alle {population} tussen {low} en {high} (willekeurig "
        "getrokken; een exact interval).",
    ),
    "sample_all": Sentence(
        "All {population} were looked at: chance plays no part in this share.",
        "Alle {population} zijn bekeken: bij dit aandeel speelt het toeval geen rol.",
    ),
    "sample_one_sided": Sentence(
        "Looked at from one side, as the claim is: at least {low}, at a risk of at most {risk}.",
        "Van één kant bekeken, zoals de bewering is: ten minste {low}, met een risico van ten hoogste {risk}.",
    ),
    "sample_draw": Sentence(
        "This is draw {number} of {draws} from this source; in {shown} of them it was shown. A draw that is chosen "
        "afterwards proves less than it says.",
        "Dit is trekking {number} van {draws} uit deze bron; in {shown} daarvan was het aangetoond. Een trekking die "
        "achteraf gekozen is, bewijst minder dan er staat.",
    ),
    "sample_from": Sentence(
        "Drawn from {source} with starting number {seed}: --seed {seed} draws the same again.",
        "Getrokken uit {source} met startgetal {seed}: --seed {seed} trekt dezelfde opnieuw.",
    ),
    "archive": Sentence("the archive", "het archief"),
    "verdict_shown": Sentence(
        "Shown: more than {target} is right, at a risk of at most {risk}.",
        "Aangetoond: meer dan {target} is goed, met een risico van ten hoogste {risk}.",
    ),
    "verdict_not-shown": Sentence(
        "Not shown: this sample neither shows nor refutes that more than {target} is right.",
        "Niet aangetoond: deze steekproef toont niet aan en weerlegt niet dat meer dan {target} goed is.",
    ),
    "verdict_refuted": Sentence(
        "Refuted: at a risk of at most {risk}, no more than {target} is right.",
        "Weerlegd: met een risico van ten hoogste {risk} is niet meer dan {target} goed.",
    ),
    "needed": Sentence(
        'To show "more than {target}": {all_correct} studies when every one of them is right; {at_98} when the true '
        "share is 98 % (4 times out of 5).",
        'Om "meer dan {target}" aan te tonen: {all_correct} onderzoeken als ze allemaal goed zijn; {at_98} bij een '
        "werkelijk aandeel van 98 % (4 van de 5 keer).",
    ),
    "needed_found": Sentence(
        "At the share found here: {size} {size:study|studies}.",
        "Bij het hier gevonden aandeel: {size} {size:onderzoek|onderzoeken}.",
    ),
    "unseen": Sentence(
        "Could not be looked at (count against what is to be shown): {number}.",
        "Niet te bekijken (tellen tegen wat aangetoond wordt): {number}.",
    ),
    "otherwise": Sentence("Otherwise than the survey says: {number}.", "Anders dan de inventarisatie zegt: {number}."),
    # jobs
    "jobs": Sentence("Sent", "Verzonden"),
    "jobs_headline": Sentence(
        "Of {sent} {sent:study that was|studies that were} sent, {studies} could be judged; with {correct} of these "
        "the BSN went along in "
        "the right place: {share}.",
        "Van {sent} {sent:verzonden onderzoek was|verzonden onderzoeken waren} er {studies} te beoordelen; bij "
        "{correct} daarvan ging het BSN op de "
        "juiste plaats mee: {share}.",
    ),
    "jobs_bounds": Sentence(
        "Of all that was sent it is between {low} (if all of the {unjudged} others were wrong) and {high} (if all "
        "were right).",
        "Van alles wat verzonden is, is het tussen {low} (als de {unjudged} andere alle fout waren) en {high} (als ze "
        "alle goed waren).",
    ),
    "jobs_interval": Sentence(
        "If those that could be judged are as good as a random draw: between {low} and {high}, with {confidence} "
        "confidence.",
        "Als wat te beoordelen was zo goed is als een willekeurige trekking: tussen {low} en {high}, met {confidence} "
        "zekerheid.",
    ),
    "jobs_open": Sentence(
        "Not shown: what could not be judged or read may decide.",
        "Niet aangetoond: wat niet te beoordelen of te lezen was, kan de doorslag geven.",
    ),
    "expected_week": Sentence(
        "Week {week}: expected {expected} right of what is sent, measured {measured}.",
        "Week {week}: verwacht {expected} goed van wat verstuurd wordt, gemeten {measured}.",
    ),
    "jobs_unread": Sentence(
        "Lines that could not be read, and jobs of unknown state: {unread}. They may have sent studies too.",
        "Regels die niet te lezen waren en opdrachten met onbekende status: {unread}. Ook die kunnen onderzoeken "
        "verzonden hebben.",
    ),
    "jobs_outside": Sentence(
        "Left out, as they lie outside the period that was asked for or nobody knows when they were: {outside} "
        "{outside:job|jobs}.",
        "Niet meegeteld, want buiten de gevraagde periode of zonder leesbaar tijdstip: {outside} "
        "{outside:opdracht|opdrachten}.",
    ),
    "survey_missing": Sentence(
        "have the archive tell about the studies that were never surveyed: {command}",
        "laat het archief vertellen over de onderzoeken die nooit geïnventariseerd zijn: {command}",
    ),
    "not_judged": Sentence("Why others could not be judged", "Waarom andere niet te beoordelen waren"),
    "sent": Sentence("sent", "verzonden"),
    "jobs_states": Sentence(
        "{jobs} {jobs:job|jobs} from {first} to {last}: finished {finished}, failed {failed}, waiting {waiting}, "
        "of unknown state {unknown}.",
        "{jobs} {jobs:opdracht|opdrachten} van {first} tot {last}: voltooid {finished}, mislukt {failed}, wachtend "
        "{waiting}, "
        "met onbekende status {unknown}.",
    ),
    "jobs_empty_weeks": Sentence("Weeks without any job: {weeks}.", "Weken zonder opdracht: {weeks}."),
    "failures": Sentence("Why sending failed", "Waarom verzenden mislukte"),
    "not_right_sent": Sentence("Why not in the right place", "Waarom niet op de juiste plaats"),
    "problems": Sentence("Lines that need a look", "Regels die aandacht vragen"),
    "lines": Sentence("lines", "regels"),
    "absent": Sentence(
        "Configured columns that the file lacks: {columns}.", "Ingestelde kolommen die het bestand mist: {columns}."
    ),
    "exceptions_left_out": Sentence(
        "Left out, legitimately without a BSN: {number}{rules}.",
        "Niet meegeteld, terecht zonder BSN: {number}{rules}.",
    ),
    "finished": Sentence("finished", "voltooid"),
    "failed": Sentence("failed", "mislukt"),
    "waiting": Sentence("waiting", "wachtend"),
    # received
    "received": Sentence("Received", "Ontvangen"),
    "received_headline": Sentence(
        "Of {studies} {studies:study|studies} from other institutions, {correct} {correct:has|have} the BSN in the "
        "right place: {share}.",
        "Het BSN staat op de juiste plaats in {correct} van {studies} {studies:onderzoek|onderzoeken} van andere "
        "instellingen: {share}.",
    ),
    "received_none": Sentence(
        "No study of another institution was surveyed in this period.",
        "In deze periode is geen onderzoek van een andere instelling geïnventariseerd.",
    ),
    "letters": Sentence("Letters, ready to send", "Brieven, klaar om te versturen"),
    "letters_printed": Sentence(
        "As pages to print or to save as PDF, in a browser: {folder}",
        "Als pagina's om te printen of als PDF te bewaren, in een browser: {folder}",
    ),
    "letters_moved": Sentence(
        "Letters of an earlier run, {number}, were moved to {folder}.",
        "Brieven van een eerdere keer, {number}, zijn verplaatst naar {folder}.",
    ),
    "without_sender": Sentence(
        "Without an Institution Name, so that nobody knows from whom they came: {number} {number:study|studies}.",
        "Zonder Institution Name, zodat niemand weet van wie ze komen: {number} {number:onderzoek|onderzoeken}.",
    ),
    "resemble_own": Sentence(
        "May be your own hospital in another spelling, so no letter was written: {names}. Put it into "
        "measure.own_institutions, or into the address book when it is another one.",
        "Mogelijk uw eigen ziekenhuis in een andere spelling, dus er is geen brief geschreven: {names}. Zet het bij "
        "measure.own_institutions, of in het adresboek als het een ander is.",
    ),
    "without_contact": Sentence("Not in the address book: {names}.", "Niet in het adresboek: {names}."),
    # trend
    "trend": Sentence("Course", "Verloop"),
    "trend_none": Sentence("Nothing was measured yet.", "Er is nog niets gemeten."),
    "batch": Sentence("batch", "batch"),
    "batches": Sentence("What each batch did", "Wat elke batch deed"),
    "verified": Sentence("corrected and verified", "gecorrigeerd en geverifieerd"),
    "points": Sentence("points", "procentpunten"),
    "measured_at": Sentence("measured", "gemeten"),
    "before": Sentence("before", "ervoor"),
    "after": Sentence("after", "erna"),
    "between": Sentence("between", "tussen"),
    "of_what": Sentence("of what", "waarvan"),
    "measurements": Sentence("measurements", "metingen"),
    "first": Sentence("at first", "eerst"),
    "before_last": Sentence("time before", "vorige keer"),
    "course_received": Sentence("Received, by sender", "Ontvangen, per afzender"),
    "course_exceptions": Sentence("Exceptions, as a share of all", "Uitzonderingen, als aandeel van alles"),
    "exceptions_grown": Sentence(
        "More studies than a month before are left out by the rule {rule}, more than chance explains: look whether it "
        "still fits.",
        "De regel {rule} laat meer onderzoeken buiten de telling dan een maand eerder, meer dan toeval verklaart: kijk "
        "of hij nog past.",
    ),
    "rolled_back": Sentence("rolled back", "teruggedraaid"),
}


class Say:
    """Speaks one language, and tells moments in one zone; the computer's where none is named."""

    def __init__(self, language: Language, zone: tzinfo | None = None) -> None:
        self.language = language
        self.zone = zone
        self.is_dutch = language is Language.NL

    def __call__(self, key: str, **values: Any) -> str:
        """One sentence; whole numbers in it are written as the language does."""
        return SAID[key].in_(self.language).format(**notation.counted(values, self.language))

    def number(self, value: int | None) -> str:
        """12,345 or 12.345; a dash where there is none."""
        if value is None:
            return "–"
        return notation.number(value, self.language)

    def per_cent(self, correct: int, studies: int) -> str:
        """A share, rounded down to a tenth: 94.96 % is not 95.0 %. A dash for an empty denominator."""
        return notation.part_of(correct, studies, self.language)

    def share(self, value: float, digits: int = 1) -> str:
        """A share that was calculated elsewhere, such as the end of an interval."""
        return self._decimal(f"{100 * value:.{digits}f}") + " %"

    def confidence(self, value: float) -> str:
        """A confidence, or the risk that goes with it, as it was asked for: 97.5 % is not 98 %."""
        return self._decimal(f"{round(100 * value, 3):g}") + " %"

    def least(self, value: float) -> str:
        """The lower end of an interval, rounded down to a tenth."""
        return notation.at_least(value, self.language)

    def most(self, value: float) -> str:
        """The upper end of an interval, rounded up to a tenth."""
        return notation.at_most(value, self.language)

    def points(self, value: float | None) -> str:
        """A difference of shares in percentage points."""
        return "–" if value is None else self._decimal(f"{value:+.2f}")

    def day(self, moment: date) -> str:
        """1 December 2026 as 2026-12-01 or 01-12-2026; of a moment its day in the configured zone."""
        local = moment.astimezone(self.zone) if isinstance(moment, datetime) and moment.tzinfo else moment
        return notation.day(local, self.language)

    def moment(self, text: str) -> str:
        """An ISO moment, to the minute, in the configured zone."""
        return notation.minute(datetime.fromisoformat(text), self.zone, self.language)

    def why(self, code: str) -> str:
        """The sentence of a reason."""
        return why(code, self.language)

    def category(self, name: str) -> str:
        """The words for a category."""
        return CATEGORIES[Category(name)].in_(self.language)

    def group(self, name: str) -> str:
        """The name of a group; our own words in it are translated, those of the hospital are not."""
        return _OURS.sub(lambda found: _GROUPS[found[0]].in_(self.language), name)

    def source(self, name: str) -> str:
        """From what a sample was drawn: the archive, or a job list by its name."""
        return self("archive") if name == ARCHIVE else self.group(name)

    def rule(self, name: str) -> str:
        """The name of an exception's rule, or of another group."""
        return _RULES.get(name, self.group(name)) if self.is_dutch else self.group(name)

    def rules(self, exceptions: Mapping[str, int]) -> str:
        """Exceptions by rule, between brackets; "" when there are none."""
        if not exceptions:
            return ""
        kinds = _RULES if self.is_dutch else {}
        return f" ({', '.join(f'{kinds.get(rule, rule)} {self.number(n)}' for rule, n in exceptions.items())})"

    def _decimal(self, text: str) -> str:
        return text.replace(".", ",") if self.is_dutch else text


_RULES = {"newborn": "pasgeborene", "foreigner": "buitenlander", "emergency": "spoed", "test-patient": "testpatiënt"}
_GROUPS = {
    UNKNOWN: Sentence("unknown", "onbekend"),
    UNDATED: Sentence("undated", "zonder datum"),
    OTHERS: Sentence("(others)", "(overige)"),
    MASKED: Sentence(MASKED, "(afgeschermd)"),
    "dicom": Sentence("DICOM", "DICOM"),
    "email": Sentence("e-mail", "e-mail"),
}
_OURS = re.compile(rf"(?<![^ ])(?:{'|'.join(map(re.escape, _GROUPS))})(?![^ ])")  # whole words, as in "2009 .. undated"
