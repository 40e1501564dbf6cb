"""Why a study stands in its state and why a batch stopped: every code with one plain sentence; decides nothing."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from remediate.header.reasons import SENTENCES as HEADER_SENTENCES
from remediate.identity.verdicts import SENTENCES as MATCH_SENTENCES
from remediate.reasons.copy import SENTENCES as COPY_SENTENCES
from remediate.reasons.item import in_item, is_lacking, lacking_sentence
from remediate.reasons.tell import SENTENCES as TELL_SENTENCES
from remediate.texts.language import Language, Sentence


class PlanReason(StrEnum):
    """Why the plan puts a study where it does, where matching did not already say so."""

    INDEX_CHANGED = "index-changed"
    IN_PLACE = "in-place"
    IN_PLACE_UNCONFIRMED = "in-place-unconfirmed"
    MISPLACED_OTHER_IDS = "misplaced-other-patient-ids"
    MISPLACED_ITEM = "misplaced-item"
    MISPLACED_PATIENT_ID = "misplaced-patient-id"
    MISPLACED_ELSEWHERE = "misplaced-elsewhere"
    MORE_THAN_ONCE = "more-than-once"
    SERIES_DIFFER = "series-differ"
    MISSING = "missing"
    OPEN_INTENT = "open-intent"
    QUARANTINED = "quarantined"
    ROLLED_BACK = "rolled-back"
    EXCLUDED_BY_PERSON = "excluded-by-person"
    DECISION_LAPSED = "decision-lapsed"
    SPLIT_ASKED = "split-asked"
    PROBE_STUDY = "probe-study"
    NOT_BY_MESSAGE = "not-by-message"
    OTHER_STUDY_UNDECIDED = "other-study-undecided"
    NO_UID = "study-uid-is-none"


class WorkReason(StrEnum):
    """What happened to a study during execution, verification or rollback."""

    WRITTEN_DOWN = "written-down"
    SENT = "sent"
    ACKNOWLEDGED = "acknowledged"
    READ_BACK = "read-back"
    SAMPLED = "sample-read-back"
    LISTED = "listed"
    SETTLED = "settled"
    ALREADY_CORRECT = "already-correct"
    RESTORED = "restored"
    # drifted
    ORIGINALS_WAIT = "originals-wait"
    EPD_CHANGED = "epd-changed"
    IDENTITY_CHANGED = "identity-changed"
    INSTANCES_CHANGED = "instances-changed"
    NO_LONGER_AGREES = "no-longer-agrees"
    CORRECTION_REFUSED = "correction-refused"
    CHANGED_SINCE = "changed-since"
    PATIENT_NOT_WHOLE = "patient-not-whole"
    NOT_IN_ARCHIVE = "not-in-archive"
    # failed
    ARCHIVE_UNREACHABLE = "archive-unreachable"
    EXCHANGE_IMPOSSIBLE = "exchange-impossible"
    RETRIEVE_INCOMPLETE = "retrieve-incomplete"
    STORE_REFUSED = "store-refused"
    CONTEXT_NOT_TAKEN = "context-not-taken"
    STORE_UNKNOWN = "store-unknown"
    RECEIVER_UNREACHABLE = "receiver-unreachable"
    MESSAGE_REFUSED = "message-refused"
    MESSAGE_UNANSWERED = "message-unanswered"
    MESSAGE_NOT_APPLIED = "message-not-applied"
    MESSAGE_NOT_MADE = "message-not-made"
    OLD_OBJECT_KEPT = "old-object-kept"
    INSTANCE_LOST = "instance-lost"
    SPOOL_FAILED = "spool-failed"
    # quarantined
    READ_BACK_DIFFERS = "read-back-differs"
    TRANSCODED = "transcoded"
    FORKED = "forked"
    TWO_OBJECTS = "two-objects-under-one-uid"
    UNLISTED_OBJECT = "unlisted-object"
    NUMBER_LOST = "other-number-lost"
    UNKNOWN_CONTENT = "unknown-content"
    TOO_MANY_ATTEMPTS = "too-many-attempts"
    NOT_PUT_BACK = "not-put-back"
    ORIGINALS_GONE = "originals-gone"
    ORIGINALS_ELSEWHERE = "originals-elsewhere"
    PUT_BACK = "put-back"
    PLAN_WITHDRAWN = "plan-withdrawn"
    OTHER_PLAN = "begun-by-another-plan"
    RELEASED_BY_PERSON = "released-by-person"  # surveyed again


class Difference(StrEnum):
    """How an object differs from what was verified."""

    MISSING = "object-missing"
    NOT_HANDED_OVER = "object-not-handed-over"
    CORRECTION_GONE = "correction-gone"
    CONTENT_CHANGED = "content-changed"
    OLD_HEADER = "old-header-back"
    TWO_OBJECTS = WorkReason.TWO_OBJECTS.value
    UNLISTED_OBJECT = WorkReason.UNLISTED_OBJECT.value


class NoDifference(StrEnum):
    """What reading back again found, where it found no difference."""

    SAME = "same"
    NOT_COMPARABLE = "not-comparable"


class AccessReason(StrEnum):
    """What was done to the ledger's vault."""

    REVEALED = "revealed"
    VAULT_KEY_REPLACED = "vault-key-replaced"
    OLD_VALUES_SHREDDED = "old-values-shredded"


class StopReason(StrEnum):
    """Why a batch ended with work left."""

    WINDOW_CLOSED = "window-closed"
    UNTIL_REACHED = "until-reached"
    NO_TIME = "no-time-before-end"
    MAX_STUDIES = "max-studies"
    STOP_ASKED = "stop-asked"
    SIGNAL = "signal"
    BREAKER = "breaker"
    RAMP_FAILED = "ramp-failed"
    VERIFICATION_MISMATCH = "verification-mismatch"
    SPOOL_FULL = "spool-full"
    CLAIM_LOST = "claim-lost"
    WITHOUT_EFFECT = "messages-without-effect"
    FAULT = "fault"


SENTENCES: Mapping[StrEnum, Sentence] = {
    PlanReason.INDEX_CHANGED: Sentence(
        "The archive's index entry changed; the next plan decides again.",
        "De index van het archief is gewijzigd; het volgende plan beslist opnieuw.",
    ),
    PlanReason.IN_PLACE: Sentence("The BSN stands in the right place.", "Het BSN staat op de juiste plaats."),
    PlanReason.IN_PLACE_UNCONFIRMED: Sentence(
        "A BSN stands in the right place; the EPD cannot confirm it.",
        "Er staat een BSN op de juiste plaats; het EPD kan het niet bevestigen.",
    ),
    PlanReason.MISPLACED_OTHER_IDS: Sentence(
        "The BSN stands in Other Patient IDs (0010,1000), without issuer.",
        "Het BSN staat in Other Patient IDs (0010,1000), zonder uitgevende instantie.",
    ),
    PlanReason.SERIES_DIFFER: Sentence(
        "The series of the study differ: not all have the same BSN in a complete item.",
        "De series van het onderzoek verschillen: niet alle hebben hetzelfde BSN in een volledig item.",
    ),
    PlanReason.MISPLACED_ITEM: Sentence(
        "The BSN stands in an item of Other Patient IDs Sequence, not as the target asks.",
        "Het BSN staat in een item van Other Patient IDs Sequence, niet zoals het doel vraagt.",
    ),
    PlanReason.MORE_THAN_ONCE: Sentence(
        "The BSN stands in the right place more than once.", "Het BSN staat meer dan eens op de juiste plaats."
    ),
    PlanReason.MISPLACED_PATIENT_ID: Sentence(
        "The BSN stands in Patient ID, not in the target.", "Het BSN staat in Patient ID, niet in het doelveld."
    ),
    PlanReason.MISPLACED_ELSEWHERE: Sentence(
        "The BSN stands in a field that was never meant for it.",
        "Het BSN staat in een veld dat daar nooit voor bedoeld was.",
    ),
    PlanReason.MISSING: Sentence("The study carries no BSN.", "Het onderzoek bevat geen BSN."),
    PlanReason.OPEN_INTENT: Sentence(
        "A batch is at work on this study, or was broken off; `remediate execute` settles it.",
        "Een batch is met dit onderzoek bezig of werd afgebroken; `remediate execute` wikkelt het af.",
    ),
    PlanReason.QUARANTINED: Sentence(
        "Set apart after a failure; the originals are kept in the spool. A person must look.",
        "Apart gezet na een fout; de originelen liggen in de spool. Een mens moet kijken.",
    ),
    PlanReason.ROLLED_BACK: Sentence(
        "Rolled back on request; not planned again.", "Op verzoek teruggedraaid; wordt niet opnieuw gepland."
    ),
    PlanReason.PROBE_STUDY: Sentence(
        "The marked test study of `remediate doctor --probe`.",
        "Het gemarkeerde testonderzoek van `remediate doctor --probe`.",
    ),
    PlanReason.NOT_BY_MESSAGE: Sentence(
        "No message can correct this study: its Patient ID is the BSN itself or no single number, or a name cannot be "
        "written.",
        "Geen bericht kan dit onderzoek corrigeren: Patient ID is het BSN zelf of geen enkel nummer, of een naam is "
        "niet te schrijven.",
    ),
    PlanReason.OTHER_STUDY_UNDECIDED: Sentence(
        "A message changes every study of a patient in the archive, and not all of this patient's are certain.",
        "Een bericht wijzigt elk onderzoek van een patiënt in het archief, en niet alle van deze patiënt zijn zeker.",
    ),
    PlanReason.NO_UID: Sentence(
        "The archive once answered what is no Study Instance UID for this study; nothing can be asked for by it.",
        "Het archief gaf voor dit onderzoek ooit iets dat geen Study Instance UID is; daarmee is niets op te vragen.",
    ),
    PlanReason.EXCLUDED_BY_PERSON: Sentence("Excluded by a person.", "Door een persoon uitgesloten."),
    PlanReason.DECISION_LAPSED: Sentence(
        "A person decided on this study, but study, EPD record or policy changed since, or the earlier study from "
        "which the decision was remembered was decided otherwise or put back; decide again.",
        "Een persoon besliste over dit onderzoek, maar onderzoek, EPD-record of beleid is sindsdien gewijzigd, of over "
        "het eerdere onderzoek waarvan de beslissing was onthouden is anders beslist of het is teruggedraaid; beslis "
        "opnieuw.",
    ),
    PlanReason.SPLIT_ASKED: Sentence(
        "A person saw that the study holds objects of different patients: the archive is asked to split it.",
        "Een mens zag objecten van verschillende patiënten in het onderzoek: het archief is gevraagd het te splitsen.",
    ),
    WorkReason.WRITTEN_DOWN: Sentence(
        "The intent stands in the ledger and the originals are safe on disk.",
        "Het voornemen staat in het logboek en de originelen liggen veilig op schijf.",
    ),
    WorkReason.SENT: Sentence(
        "The archive accepted every object; not yet read back.",
        "Het archief nam elk object aan; nog niet teruggelezen.",
    ),
    WorkReason.ACKNOWLEDGED: Sentence(
        "The receiver accepted the patient's update; not yet read back.",
        "De ontvanger nam de wijziging van de patiënt aan; nog niet teruggelezen.",
    ),
    WorkReason.PATIENT_NOT_WHOLE: Sentence(
        "A message changes every study of a patient in the archive, and not all of this patient's are certain any "
        "more; nothing was sent.",
        "Een bericht wijzigt elk onderzoek van een patiënt in het archief, en niet alle van deze patiënt zijn nog "
        "zeker; er is niets verstuurd.",
    ),
    WorkReason.RECEIVER_UNREACHABLE: Sentence(
        "The HL7 receiver could not be reached, or is not the one that was approved; nothing was sent.",
        "De HL7-ontvanger was niet bereikbaar of is niet de goedgekeurde; er is niets verstuurd.",
    ),
    WorkReason.MESSAGE_REFUSED: Sentence(
        "The receiver refused the message; its own log says why.",
        "De ontvanger weigerde het bericht; zijn eigen logboek zegt waarom.",
    ),
    WorkReason.MESSAGE_UNANSWERED: Sentence(
        "The receiver gave no answer that can be believed; the next batch looks at the archive before it sends again.",
        "De ontvanger gaf geen bruikbaar antwoord; de volgende batch kijkt in het archief voor hij opnieuw verstuurt.",
    ),
    WorkReason.MESSAGE_NOT_APPLIED: Sentence(
        "The receiver accepted the message, but the archive does not show the BSN where it belongs.",
        "De ontvanger nam het bericht aan, maar het archief toont het BSN niet op de juiste plaats.",
    ),
    WorkReason.MESSAGE_NOT_MADE: Sentence(
        "No valid message can be made of the patient's record.",
        "Van de gegevens van de patiënt is geen geldig bericht te maken.",
    ),
    WorkReason.NUMBER_LOST: Sentence(
        "The archive applied the message, and lost another number of the patient.",
        "Het archief verwerkte het bericht en verloor een ander nummer van de patiënt.",
    ),
    WorkReason.READ_BACK: Sentence(
        "Every object was read back and is as intended.", "Elk object is teruggelezen en is zoals bedoeld."
    ),
    WorkReason.SAMPLED: Sentence(
        "Every object is listed and a sample was read back as intended; the originals are kept until `verify`.",
        "Elk object staat in de index en een steekproef is teruggelezen zoals bedoeld; de originelen blijven tot "
        "`verify`.",
    ),
    WorkReason.LISTED: Sentence(
        "The archive lists every object; none was read back, so the originals are kept until `verify`.",
        "Het archief noemt elk object; er is niets teruggelezen, dus de originelen blijven tot `verify`.",
    ),
    WorkReason.SETTLED: Sentence(
        "After an interruption the archive was found to hold what was intended.",
        "Na een onderbreking bleek het archief te bevatten wat bedoeld was.",
    ),
    WorkReason.ALREADY_CORRECT: Sentence(
        "Every object was already correct; nothing was stored.", "Elk object was al goed; er is niets opgeslagen."
    ),
    WorkReason.RESTORED: Sentence(
        "Every object was restored and read back.", "Elk object is hersteld en teruggelezen."
    ),
    WorkReason.ORIGINALS_WAIT: Sentence(
        "Not every object was read back after the last correction: `verify` comes before anything new.",
        "Na de vorige correctie is niet elk object teruggelezen: eerst `verify`, dan pas iets nieuws.",
    ),
    WorkReason.EPD_CHANGED: Sentence(
        "The patient's EPD record changed since the plan.", "Het EPD-record van de patiënt is sinds het plan gewijzigd."
    ),
    WorkReason.IDENTITY_CHANGED: Sentence(
        "The study's identity in the archive changed since the plan.",
        "De identiteit van het onderzoek in het archief is sinds het plan gewijzigd.",
    ),
    WorkReason.INSTANCES_CHANGED: Sentence(
        "The study has another number of objects than at the time of the plan.",
        "Het onderzoek heeft een ander aantal objecten dan ten tijde van het plan.",
    ),
    WorkReason.NO_LONGER_AGREES: Sentence(
        "With every object read, something stands in the way of this correction; the next plan says what.",
        "Nu elk object gelezen is, staat iets deze correctie in de weg; het volgende plan zegt wat.",
    ),
    WorkReason.CORRECTION_REFUSED: Sentence(
        "An object of the study cannot be corrected exactly, so the study is left as it is.",
        "Een object van het onderzoek is niet exact te corrigeren; het onderzoek blijft zoals het is.",
    ),
    WorkReason.CHANGED_SINCE: Sentence(
        "The object was changed after our correction, so it is not undone.",
        "Het object is na onze correctie gewijzigd en wordt daarom niet teruggedraaid.",
    ),
    WorkReason.NOT_IN_ARCHIVE: Sentence(
        "The archive no longer has this study.", "Het archief heeft dit onderzoek niet meer."
    ),
    WorkReason.ARCHIVE_UNREACHABLE: Sentence(
        "The archive could not be reached or broke off.", "Het archief was niet bereikbaar of brak af."
    ),
    WorkReason.EXCHANGE_IMPOSSIBLE: Sentence(
        "The archive answers, but not as DICOM asks over this study; trying again gives the same.",
        "Het archief antwoordt, maar over dit onderzoek niet zoals DICOM vraagt; opnieuw proberen geeft hetzelfde.",
    ),
    WorkReason.RETRIEVE_INCOMPLETE: Sentence(
        "The archive did not hand over every object, so nothing was stored.",
        "Het archief leverde niet elk object, dus er is niets opgeslagen.",
    ),
    WorkReason.CONTEXT_NOT_TAKEN: Sentence(
        "The archive takes no object of this SOP class in this transfer syntax, so nothing of the study was stored.",
        "Het archief neemt geen object van deze SOP-klasse in deze transfer syntax aan; van het onderzoek is niets "
        "opgeslagen.",
    ),
    WorkReason.STORE_REFUSED: Sentence("The archive refused an object.", "Het archief weigerde een object."),
    WorkReason.STORE_UNKNOWN: Sentence(
        "The archive gave no answer to a store; the archive must be looked at.",
        "Het archief gaf geen antwoord op een opslag; in het archief moet gekeken worden.",
    ),
    WorkReason.OLD_OBJECT_KEPT: Sentence(
        "The archive answered success but kept the old object.",
        "Het archief meldde succes maar hield het oude object.",
    ),
    WorkReason.INSTANCE_LOST: Sentence(
        "An object could not be read back from the archive; the original is in the spool.",
        "Een object was niet terug te lezen uit het archief; het origineel ligt in de spool.",
    ),
    WorkReason.SPOOL_FAILED: Sentence(
        "The originals could not be kept safe on disk.", "De originelen konden niet veilig bewaard worden."
    ),
    WorkReason.READ_BACK_DIFFERS: Sentence(
        "The archive holds something else than what was sent.", "Het archief bevat iets anders dan wat verzonden is."
    ),
    WorkReason.TRANSCODED: Sentence(
        "The archive answers in another transfer syntax than it was sent.",
        "Het archief antwoordt in een andere transfer syntax dan verzonden is.",
    ),
    WorkReason.FORKED: Sentence(
        "The archive made new objects instead of replacing the old ones.",
        "Het archief maakte nieuwe objecten in plaats van de oude te vervangen.",
    ),
    WorkReason.TWO_OBJECTS: Sentence(
        "The archive handed over two different objects under one SOP Instance UID; which of them others get is not "
        "known.",
        "Het archief leverde twee verschillende objecten onder één SOP Instance UID; welke anderen krijgen is niet "
        "bekend.",
    ),
    WorkReason.UNLISTED_OBJECT: Sentence(
        "The archive handed over an object that it does not list in this study, perhaps the old one under another "
        "name.",
        "Het archief leverde een object dat het in dit onderzoek niet noemt, misschien het oude onder een andere naam.",
    ),
    WorkReason.UNKNOWN_CONTENT: Sentence(
        "The archive holds neither the original nor the intended object; it is never overwritten.",
        "Het archief bevat het origineel noch het bedoelde object; er wordt niets overschreven.",
    ),
    WorkReason.TOO_MANY_ATTEMPTS: Sentence("The study failed too often.", "Het onderzoek is te vaak mislukt."),
    WorkReason.NOT_PUT_BACK: Sentence(
        "The archive took a part of the study and did not take the originals back; these are in the spool.",
        "Het archief nam een deel van het onderzoek aan en de originelen niet terug; die liggen in de spool.",
    ),
    WorkReason.ORIGINALS_GONE: Sentence(
        "The originals of an open intent are not in the spool: is the right disk mounted? Nothing was stored.",
        "De originelen van een open voornemen liggen niet in de spool: is de juiste schijf gekoppeld? "
        "Er is niets opgeslagen.",
    ),
    WorkReason.ORIGINALS_ELSEWHERE: Sentence(
        "The originals of a study that was begun lie in another machine's spool; only there it can go on. "
        "`remediate status` names the machine.",
        "De originelen van een begonnen onderzoek staan in de spool van een andere machine; alleen daar kan het "
        "verder. `remediate status` noemt de machine.",
    ),
    WorkReason.PUT_BACK: Sentence(
        "The EPD or the study changed since the intent, or the plan was withdrawn; the originals were put back.",
        "Het EPD of het onderzoek is sinds het voornemen gewijzigd, of het plan is ingetrokken; de originelen zijn "
        "teruggezet.",
    ),
    WorkReason.PLAN_WITHDRAWN: Sentence(
        "The plan was withdrawn before the archive showed anything of it.",
        "Het plan is ingetrokken voordat het archief er iets van toonde.",
    ),
    WorkReason.RELEASED_BY_PERSON: Sentence(
        "A person looked at the study and let it out of quarantine.",
        "Een persoon heeft het onderzoek bekeken en uit quarantaine gehaald.",
    ),
    WorkReason.OTHER_PLAN: Sentence(
        "Another plan began this study and has not settled it.",
        "Een ander plan begon aan dit onderzoek en heeft het niet afgewikkeld.",
    ),
    AccessReason.REVEALED: Sentence(
        "A person looked at what is otherwise masked.", "Een persoon bekeek wat anders gemaskeerd is."
    ),
    AccessReason.VAULT_KEY_REPLACED: Sentence(
        "The key of the vault was replaced; older key files no longer open old values.",
        "De sleutel van de kluis is vervangen; oudere sleutelbestanden openen geen oude waarden meer.",
    ),
    AccessReason.OLD_VALUES_SHREDDED: Sentence(
        "The old values of this batch were made unreadable for good.",
        "De oude waarden van deze batch zijn voorgoed onleesbaar gemaakt.",
    ),
    StopReason.WINDOW_CLOSED: Sentence(
        "Outside the window of execute.window.", "Buiten het venster van execute.window."
    ),
    StopReason.NO_TIME: Sentence(
        "At the measured pace none of the studies that are left would be done before the window or --until ends; one "
        "that fits no window needs a longer one, or --now.",
        "In het gemeten tempo zou geen van de resterende onderzoeken klaar zijn voor het venster of --until eindigt; "
        "wat in geen venster past, vraagt een langer venster, of --now.",
    ),
    StopReason.UNTIL_REACHED: Sentence("The time of --until was reached.", "De tijd van --until is bereikt."),
    StopReason.MAX_STUDIES: Sentence(
        "The number of studies for one batch was reached.", "Het aantal onderzoeken voor één batch is bereikt."
    ),
    StopReason.STOP_ASKED: Sentence("`remediate stop` was given.", "`remediate stop` is gegeven."),
    StopReason.SIGNAL: Sentence("A signal asked to stop.", "Een signaal vroeg te stoppen."),
    StopReason.BREAKER: Sentence(
        "Too many studies failed one after the other; look at the archive first.",
        "Te veel onderzoeken mislukten achter elkaar; kijk eerst naar het archief.",
    ),
    StopReason.RAMP_FAILED: Sentence(
        "A study of the cautious first steps failed; look at it before going on.",
        "Een onderzoek van de voorzichtige eerste stappen mislukte; bekijk het voor u verdergaat.",
    ),
    StopReason.VERIFICATION_MISMATCH: Sentence(
        "Reading back showed something else than was sent; nothing more is stored until a person has looked.",
        "Teruglezen gaf iets anders dan verzonden is; er wordt niets meer opgeslagen tot een mens gekeken heeft.",
    ),
    StopReason.FAULT: Sentence(
        "The program or its disk failed; what was begun is settled by the next `remediate execute`.",
        "Het programma of zijn schijf faalde; het volgende `remediate execute` wikkelt af wat begonnen was.",
    ),
    StopReason.WITHOUT_EFFECT: Sentence(
        "The receiver accepts messages, and the archive shows nothing of them: no study is to blame. Look at the "
        "receiver and its link to the archive.",
        "De ontvanger neemt berichten aan en het archief toont er niets van: dat ligt niet aan een onderzoek. Bekijk "
        "de ontvanger en de koppeling met het archief.",
    ),
    StopReason.CLAIM_LOST: Sentence(
        "The claim on a patient was lost to another worker, or ran out as the clock was set; for that patient nothing "
        "more was stored.",
        "De claim op een patiënt ging naar een andere werker, of verliep toen de klok verzet werd; voor die patiënt is "
        "niets meer opgeslagen.",
    ),
    Difference.MISSING: Sentence("The archive no longer lists this object.", "Het archief noemt dit object niet meer."),
    Difference.NOT_HANDED_OVER: Sentence(
        "The archive lists this object but did not hand it over.", "Het archief noemt dit object maar leverde het niet."
    ),
    Difference.CORRECTION_GONE: Sentence(
        "The corrected elements are no longer as written.",
        "De gecorrigeerde elementen zijn niet meer zoals geschreven.",
    ),
    Difference.CONTENT_CHANGED: Sentence(
        "Something outside the corrected elements changed.", "Buiten de gecorrigeerde elementen is iets gewijzigd."
    ),
    Difference.OLD_HEADER: Sentence(
        "The header from before our change stands there again: another node sent the old object back.",
        "De header van vóór onze wijziging staat er weer: een andere node stuurde het oude object terug.",
    ),
    NoDifference.SAME: Sentence(
        "Every object is still as it was written.", "Elk object is nog zoals het geschreven is."
    ),
    NoDifference.NOT_COMPARABLE: Sentence(
        "The old values were made unreadable and the archive keeps the object in other bytes than were sent: there is "
        "nothing left to compare it with.",
        "De oude waarden zijn onleesbaar gemaakt en het archief bewaart het object in andere bytes dan gestuurd: er is "
        "niets meer om het mee te vergelijken.",
    ),
    StopReason.SPOOL_FULL: Sentence(
        "The disk under the spool has too little room left.", "De schijf onder de spool heeft te weinig ruimte."
    ),
}

_BY_CODE: dict[str, Sentence] = {
    str(code): sentence
    for catalogue in (HEADER_SENTENCES, MATCH_SENTENCES, TELL_SENTENCES, COPY_SENTENCES, SENTENCES)
    for code, sentence in catalogue.items()
}


def with_kind(code: str) -> tuple[str, ...]:
    """A code, and after one of `lacking` the variant of which it is."""
    if not is_lacking(code):
        return (code,)
    return code, PlanReason.MISPLACED_ITEM if in_item(code) else PlanReason.MISPLACED_PATIENT_ID


def sentence(code: str, language: Language) -> str:
    """The plain sentence of any reason or proof code; the code itself where none is known."""
    found = _BY_CODE.get(code)
    return found.in_(language) if found else lacking_sentence(code, language) or code
