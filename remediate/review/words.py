"""What a review list says in words: how fields compare, and why a line of decisions was refused. Decides nothing."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from remediate.identity.differences import Comparison
from remediate.texts.language import Sentence


class ReviewProblem(StrEnum):
    """Why a line of decisions was not taken."""

    UNKNOWN_DECISION = "unknown-decision"
    WHY_MISSING = "why-missing"
    WHY_HOLDS_BSN = "why-holds-bsn"
    WHY_NAMES_PATIENT = "why-names-patient"
    LINE_INCOMPLETE = "line-incomplete"
    CONTRADICTING_LINES = "contradicting-lines"
    UNKNOWN_STUDY = "unknown-study"
    NOT_IN_REVIEW = "not-in-review"
    SEEN_CHANGED = "seen-changed"
    CANDIDATE_ALTERED = "candidate-altered"
    NUMBER_REWRITTEN = "number-rewritten"
    SEVERAL_CANDIDATES = "several-candidates"
    SINGLY_BEFORE_BIRTH = "singly-before-birth"
    SINGLY_ANOTHER_FITS = "singly-another-fits"
    SINGLY_LITTLE_AGREES = "singly-little-agrees"
    SINGLY_RELATIVE = "singly-relative"
    NO_CANDIDATE = "no-candidate"
    NOT_NEGOTIABLE = "not-negotiable"
    ANOTHER_PERSON = "another-person"
    IN_OTHER_HANDS = "in-other-hands"
    NOTHING_TO_UNDO = "nothing-to-undo"
    NOT_LEFT_OUT = "not-left-out"


SINGLY = frozenset(
    {
        ReviewProblem.SEVERAL_CANDIDATES,
        ReviewProblem.SINGLY_BEFORE_BIRTH,
        ReviewProblem.SINGLY_ANOTHER_FITS,
        ReviewProblem.SINGLY_LITTLE_AGREES,
        ReviewProblem.SINGLY_RELATIVE,
    }
)
"""Why a study is not confirmed with others, though a person may confirm it by itself."""

SENTENCES: Mapping[Comparison | ReviewProblem, Sentence] = {
    Comparison.EQUAL: Sentence("equal", "gelijk"),
    Comparison.AGREES: Sentence("agrees", "komt overeen"),
    Comparison.IN_FULL: Sentence("agrees in full", "komt volledig overeen"),
    Comparison.COMPATIBLE: Sentence("agrees in part", "komt deels overeen"),
    Comparison.BY_INITIALS: Sentence("the initials agree", "de voorletters komen overeen"),
    Comparison.FIRST_NAME: Sentence("the first given name agrees", "de eerste voornaam komt overeen"),
    Comparison.CALL_NAME: Sentence("agrees as a call name", "komt overeen als roepnaam"),
    Comparison.LATER_NAME: Sentence(
        "only a later given name agrees, not the first", "alleen een latere voornaam komt overeen, niet de eerste"
    ),
    Comparison.PARTNERS_NAME: Sentence("agrees by the partner's name", "komt overeen met de partnernaam"),
    Comparison.DIFFERS: Sentence("is another", "is een andere"),
    Comparison.ONE_LETTER: Sentence("one letter differs", "één letter wijkt af"),
    Comparison.LETTERS_SWAPPED: Sentence("two letters are swapped", "twee letters zijn verwisseld"),
    Comparison.HALVES_REVERSED: Sentence("the halves stand in the other order", "de helften staan in andere volgorde"),
    Comparison.PART_IN_COMMON: Sentence("a part of the name is the same", "een deel van de naam is gelijk"),
    Comparison.CUT_OFF: Sentence("one is the beginning of the other", "de ene is het begin van de andere"),
    Comparison.PREFIX_DIFFERS: Sentence("only the prefix differs", "alleen het tussenvoegsel wijkt af"),
    Comparison.NAMES_EXCHANGED: Sentence(
        "surname and given name are exchanged", "achternaam en voornaam zijn verwisseld"
    ),
    Comparison.INITIALS_DIFFER: Sentence("the initials differ", "de voorletters wijken af"),
    Comparison.SAME_INITIAL: Sentence("is another with the same initial", "is een andere met dezelfde voorletter"),
    Comparison.YEAR_BY_ONE: Sentence("the year differs by one", "het jaar scheelt één"),
    Comparison.CENTURY: Sentence("the century differs", "de eeuw wijkt af"),
    Comparison.DIGITS_SWAPPED: Sentence("two digits are swapped", "twee cijfers zijn verwisseld"),
    Comparison.OTHER_SEX: Sentence("is the other sex", "is het andere geslacht"),
    Comparison.YEAR_ONLY: Sentence("differs in year only", "alleen het jaar wijkt af"),
    Comparison.MONTH_ONLY: Sentence("differs in month only", "alleen de maand wijkt af"),
    Comparison.DAY_ONLY: Sentence("differs in day only", "alleen de dag wijkt af"),
    Comparison.DAY_AND_MONTH_SWAPPED: Sentence("day and month are swapped", "dag en maand zijn verwisseld"),
    Comparison.ABSENT_IN_STUDY: Sentence("absent in the study", "ontbreekt in het onderzoek"),
    Comparison.ABSENT_IN_EPD: Sentence("absent in the EPD", "ontbreekt in het EPD"),
    Comparison.ABSENT: Sentence("absent in the study or in the EPD", "ontbreekt in het onderzoek of in het EPD"),
    Comparison.UNREADABLE: Sentence("no valid date in the study", "geen geldige datum in het onderzoek"),
    Comparison.TOO_LITTLE: Sentence("too little to compare", "te weinig om te vergelijken"),
    Comparison.PLACEHOLDER: Sentence("a placeholder", "een opvulwaarde"),
    ReviewProblem.UNKNOWN_DECISION: Sentence(
        "The decision is none of confirm, exclude and split.",
        "De beslissing is niet bevestigen, niet uitsluiten en niet splitsen.",
    ),
    ReviewProblem.WHY_MISSING: Sentence("A decision needs a why.", "Een beslissing heeft een reden nodig."),
    ReviewProblem.WHY_HOLDS_BSN: Sentence(
        "The why holds a number that is or may be a BSN, whole or masked; write it without.",
        "De reden bevat een nummer dat een BSN is of kan zijn, geheel of gemaskeerd; schrijf het zonder.",
    ),
    ReviewProblem.WHY_NAMES_PATIENT: Sentence(
        "The why repeats a part of the patient's name or the birth date; write it without.",
        "De reden herhaalt een deel van de naam of de geboortedatum van de patiënt; schrijf het zonder.",
    ),
    ReviewProblem.LINE_INCOMPLETE: Sentence(
        "The line has no StudyInstanceUID or no Seen.", "De regel heeft geen StudyInstanceUID of geen Gezien."
    ),
    ReviewProblem.CONTRADICTING_LINES: Sentence(
        "Lines of this study decide differently: leave decision and why empty on all but one of them.",
        "Regels van dit onderzoek beslissen verschillend: laat beslissing en reden op alle behalve één daarvan leeg.",
    ),
    ReviewProblem.UNKNOWN_STUDY: Sentence(
        "No surveyed study has this UID.", "Geen geïnventariseerd onderzoek heeft deze UID."
    ),
    ReviewProblem.NOT_IN_REVIEW: Sentence(
        "The study takes no such decision: it is exempt, in work or done, or proven, so that it can only be left out "
        "(`remediate review exclude`).",
        "Over het onderzoek valt dit niet te beslissen: het is uitgezonderd, in behandeling of klaar, of bewezen, "
        "zodat het alleen kan worden overgeslagen (`remediate review exclude`).",
    ),
    ReviewProblem.SEEN_CHANGED: Sentence(
        "Study or EPD record changed since the export, or the cells of this line no longer belong together (one column "
        "sorted by itself); export again and look again.",
        "Onderzoek of EPD-record is sinds de export gewijzigd, of de cellen van deze regel horen niet meer bij elkaar "
        "(één kolom apart gesorteerd); exporteer opnieuw en kijk opnieuw.",
    ),
    ReviewProblem.CANDIDATE_ALTERED: Sentence(
        "The EPD number on the line is not the exported one, or is not there.",
        "Het EPD-nummer op de regel is niet het geëxporteerde, of ontbreekt.",
    ),
    ReviewProblem.NUMBER_REWRITTEN: Sentence(
        "A spreadsheet rewrote the EPD number of this line (leading zeros lost, or 1.23E+08), so that nobody can tell "
        "which patient was meant; export again, and open the file with the columns of numbers as text.",
        "Een rekenblad heeft het EPD-nummer van deze regel herschreven (voorloopnullen weg, of 1,23E+08), zodat niet "
        "vaststaat welke patiënt bedoeld was; exporteer opnieuw en open het bestand met de nummerkolommen als tekst.",
    ),
    ReviewProblem.SEVERAL_CANDIDATES: Sentence(
        "The study has several candidates: confirm one of them in a file, not for a whole group.",
        "Het onderzoek heeft meer kandidaten: bevestig er één in een bestand, niet voor een hele groep.",
    ),
    ReviewProblem.SINGLY_BEFORE_BIRTH: Sentence(
        "The study is from before the patient was born, so it is likely somebody else's: confirm it on a line of its "
        "own in a file, not for a whole group.",
        "Het onderzoek is van vóór de geboorte van de patiënt en dus vermoedelijk van iemand anders: bevestig het in "
        "een bestand op een eigen regel, niet voor een hele groep.",
    ),
    ReviewProblem.SINGLY_ANOTHER_FITS: Sentence(
        "Another live patient fits as well, in each study another one: confirm it on a line of its own in a file, not "
        "for a whole group.",
        "Een andere levende patiënt past evengoed, en bij elk onderzoek een andere: bevestig het in een bestand op een "
        "eigen regel, niet voor een hele groep.",
    ),
    ReviewProblem.SINGLY_LITTLE_AGREES: Sentence(
        "Of surname, given name and birth date at most one agrees with the EPD, so that little but the number says "
        "whose it is: confirm it on a line of its own in a file, not for a whole group.",
        "Van achternaam, voornaam en geboortedatum komt er hoogstens één overeen met het EPD, zodat weinig anders dan "
        "het nummer zegt van wie het is: bevestig het in een bestand op een eigen regel, niet voor een hele groep.",
    ),
    ReviewProblem.SINGLY_RELATIVE: Sentence(
        "The given name is another, or the year of birth by more than a slip: so a twin looks, and a parent of the "
        "same name. Confirm it on a line of its own in a file or on the page, not for a whole group.",
        "De voornaam is een andere, of het geboortejaar scheelt meer dan een tikfout: zo ziet een tweeling eruit, en "
        "een ouder met dezelfde naam. Bevestig het in een bestand op een eigen regel of op de pagina, niet voor een "
        "hele groep.",
    ),
    ReviewProblem.NO_CANDIDATE: Sentence(
        "The study has no candidate to confirm; it can only be excluded.",
        "Het onderzoek heeft geen kandidaat om te bevestigen; het kan alleen worden uitgesloten.",
    ),
    ReviewProblem.ANOTHER_PERSON: Sentence(
        "You decided about this study; it waits for another person, under another account.",
        "U besliste al over dit onderzoek; het wacht op iemand anders, onder een ander account.",
    ),
    ReviewProblem.IN_OTHER_HANDS: Sentence(
        "Somebody else has this study in hand.", "Iemand anders is met dit onderzoek bezig."
    ),
    ReviewProblem.NOTHING_TO_UNDO: Sentence(
        "There is no decision of yours about this study that can still be undone.",
        "Er is geen beslissing van u over dit onderzoek die nog ongedaan te maken is.",
    ),
    ReviewProblem.NOT_LEFT_OUT: Sentence(
        "Nobody left this study out, so that there is nothing to take back.",
        "Niemand heeft dit onderzoek uitgesloten, dus er is niets terug te nemen.",
    ),
    ReviewProblem.NOT_NEGOTIABLE: Sentence(
        "The policy does not allow this confirmation, whoever decides:",
        "Het beleid staat deze bevestiging niet toe, wie ook beslist:",
    ),
}
