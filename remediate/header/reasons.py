"""Why a header is not read, corrected or called the same, as codes with sentences; decides nothing."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from remediate.texts.language import Sentence


class HeaderReason(StrEnum):
    """Every "no" of this room."""

    # the bytes cannot be read exactly
    TRANSFER_SYNTAX_UNKNOWN = "transfer-syntax-unknown"
    FILE_META_UNREADABLE = "file-meta-unreadable"
    NOT_A_DATA_SET = "not-a-data-set"
    CUT_OFF = "cut-off"
    VR_UNKNOWN = "vr-unknown"
    STRUCTURE_BROKEN = "structure-broken"
    NESTED_TOO_DEEP = "nested-too-deep"
    TRAILING_BYTES = "trailing-bytes"
    INFLATE_FAILED = "inflate-failed"
    INFLATES_TOO_LONG = "inflates-too-long"
    HEADER_TOO_LONG = "header-too-long"
    MEDIA_DIRECTORY = "media-directory"
    # the bytes can be read, but not changed provably
    DUPLICATE_ELEMENT = "duplicate-element"
    OUT_OF_ORDER = "out-of-order"
    UN_IN_BIG_ENDIAN = "un-in-big-endian"
    CHARACTER_SET = "character-set"
    VALUE_DOES_NOT_FIT = "value-does-not-fit"
    # the object may not be changed
    DIGITALLY_SIGNED = "digitally-signed"
    IDENTITY_CONFLICT = "identity-conflict-inside"
    OTHER_BSN_CLAIMED = "other-bsn-claimed"
    # a correction and an object do not belong together
    EXPECTATION = "expectation-not-met"
    RESULT_NOT_IN_PLACE = "result-not-in-place"
    UNTOUCHED_BYTES_DIFFER = "untouched-bytes-differ"
    # two data sets are not the same
    TRANSCODED = "transcoded"
    ELEMENT_MISSING = "element-missing"
    ELEMENT_ADDED = "element-added"
    VALUE_DIFFERS = "value-differs"
    VR_DIFFERS = "vr-differs"
    PIXEL_DATA_DIFFERS = "pixel-data-differs"


SENTENCES: Mapping[HeaderReason, Sentence] = {
    HeaderReason.TRANSFER_SYNTAX_UNKNOWN: Sentence(
        "The object's transfer syntax is not one that this program knows.",
        "De transfer syntax van het object is niet bekend bij dit programma.",
    ),
    HeaderReason.FILE_META_UNREADABLE: Sentence(
        "The file meta information cannot be read exactly.",
        "De file meta information is niet exact te lezen.",
    ),
    HeaderReason.NOT_A_DATA_SET: Sentence(
        "These bytes are not a DICOM data set.", "Deze bytes zijn geen DICOM-dataset."
    ),
    HeaderReason.CUT_OFF: Sentence(
        "An element says that it is longer than what there is: the object is incomplete or damaged.",
        "Een element zegt langer te zijn dan wat er is: het object is onvolledig of beschadigd.",
    ),
    HeaderReason.VR_UNKNOWN: Sentence(
        "An element has a value representation that DICOM does not define, so its length is uncertain.",
        "Een element heeft een value representation die DICOM niet kent; de lengte is daardoor onzeker.",
    ),
    HeaderReason.STRUCTURE_BROKEN: Sentence(
        "Items or delimiters of a sequence do not fit together.",
        "Items of delimiters van een sequence passen niet op elkaar.",
    ),
    HeaderReason.NESTED_TOO_DEEP: Sentence(
        "Sequences are nested deeper than any real object needs.",
        "Sequences zijn dieper genest dan een echt object nodig heeft.",
    ),
    HeaderReason.TRAILING_BYTES: Sentence(
        "Bytes that are no element follow the last element.",
        "Na het laatste element staan bytes die geen element zijn.",
    ),
    HeaderReason.INFLATE_FAILED: Sentence(
        "The deflated data set cannot be inflated.", "De gecomprimeerde dataset is niet uit te pakken."
    ),
    HeaderReason.INFLATES_TOO_LONG: Sentence(
        "The deflated data set holds more than 64 MB, which is not taken into memory to be changed.",
        "De gecomprimeerde dataset bevat meer dan 64 MB, en wordt daarom niet in het geheugen gewijzigd.",
    ),
    HeaderReason.HEADER_TOO_LONG: Sentence(
        "The header inside the deflated data set is longer than any real object's.",
        "De header in de gecomprimeerde dataset is langer dan die van enig echt object.",
    ),
    HeaderReason.MEDIA_DIRECTORY: Sentence(
        "This is a media directory (DICOMDIR); its byte offsets would no longer be true.",
        "Dit is een mediadirectory (DICOMDIR); de byteposities erin zouden niet meer kloppen.",
    ),
    HeaderReason.DUPLICATE_ELEMENT: Sentence(
        "An element that would be read or changed stands in the object twice.",
        "Een element dat gelezen of gewijzigd zou worden, staat twee keer in het object.",
    ),
    HeaderReason.OUT_OF_ORDER: Sentence(
        "Elements around a planned change are out of order, so its place is uncertain.",
        "Elementen rond een geplande wijziging staan niet op volgorde; de plaats is daardoor onzeker.",
    ),
    HeaderReason.UN_IN_BIG_ENDIAN: Sentence(
        "A sequence to change is of unknown VR inside a big endian object.",
        "Een te wijzigen sequence heeft een onbekende VR in een big-endian-object.",
    ),
    HeaderReason.CHARACTER_SET: Sentence(
        "The values of an element cannot be told apart safely in this character set.",
        "De waarden van een element zijn in deze tekenset niet veilig te scheiden.",
    ),
    HeaderReason.VALUE_DOES_NOT_FIT: Sentence(
        "A value does not fit its element.", "Een waarde past niet in het element."
    ),
    HeaderReason.DIGITALLY_SIGNED: Sentence(
        "The object is digitally signed and may not be changed.",
        "Het object is digitaal ondertekend en mag niet gewijzigd worden.",
    ),
    HeaderReason.IDENTITY_CONFLICT: Sentence(
        "A sequence inside the object names another patient.",
        "Een sequence in het object noemt een andere patiënt.",
    ),
    HeaderReason.OTHER_BSN_CLAIMED: Sentence(
        "The object carries another BSN, or a number that is declared a BSN but is none.",
        "Het object bevat een ander BSN, of een nummer dat als BSN is aangemerkt maar er geen is.",
    ),
    HeaderReason.EXPECTATION: Sentence(
        "The object does not hold what the correction expects.",
        "Het object bevat niet wat de correctie verwacht.",
    ),
    HeaderReason.RESULT_NOT_IN_PLACE: Sentence(
        "The correction's own check found that the result would not be right.",
        "De controle van de correctie zelf vond dat het resultaat niet goed zou zijn.",
    ),
    HeaderReason.UNTOUCHED_BYTES_DIFFER: Sentence(
        "Bytes outside the planned elements differ.", "Bytes buiten de geplande elementen verschillen."
    ),
    HeaderReason.TRANSCODED: Sentence(
        "The object came back in another transfer syntax.", "Het object kwam terug in een andere transfer syntax."
    ),
    HeaderReason.ELEMENT_MISSING: Sentence(
        "An element that was sent did not come back.", "Een verstuurd element kwam niet terug."
    ),
    HeaderReason.ELEMENT_ADDED: Sentence(
        "An element came back that was not sent.", "Er kwam een element terug dat niet verstuurd was."
    ),
    HeaderReason.VALUE_DIFFERS: Sentence(
        "An element came back with another value.", "Een element kwam terug met een andere waarde."
    ),
    HeaderReason.VR_DIFFERS: Sentence(
        "An element came back with another value representation.",
        "Een element kwam terug met een andere value representation.",
    ),
    HeaderReason.PIXEL_DATA_DIFFERS: Sentence(
        "The pixel data came back different.", "De pixeldata kwamen anders terug."
    ),
}
