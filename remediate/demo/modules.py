"""Parts of a synthetic data set by DICOM module: patient, modality, document, presentation state, signature."""

from __future__ import annotations

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from remediate.demo.shapes import SIDE, SeriesShape
from remediate.demo.variants import HeaderIdentity, IdItem
from remediate.identity.bsn import BSN_OID, BSN_TYPE_CODE

_PDF = b"""%PDF-1.4
1 0 obj <</Type /Catalog /Pages 2 0 R>> endobj
2 0 obj <</Type /Pages /Kids [3 0 R] /Count 1>> endobj
3 0 obj <</Type /Page /Parent 2 0 R /MediaBox [0 0 200 100]>> endobj
trailer <</Root 1 0 R>>
%%EOF
"""


def add_patient(dataset: Dataset, identity: HeaderIdentity) -> None:
    """Patient module (PS3.3 C.7.1.1), as right or wrong as the case wants it."""
    dataset.PatientName = identity.patient_name
    dataset.PatientID = identity.patient_id
    if identity.issuer:
        dataset.IssuerOfPatientID = identity.issuer
    dataset.PatientBirthDate = identity.birth_date
    dataset.PatientSex = identity.sex
    if identity.other_patient_ids:
        dataset.OtherPatientIDs = list(identity.other_patient_ids)
    if identity.items:
        dataset.OtherPatientIDsSequence = Sequence([_id_item(item) for item in identity.items])


def _id_item(spec: IdItem) -> Dataset:
    item = Dataset()
    if spec.patient_id is not None:
        item.PatientID = spec.patient_id
    if spec.issuer is not None:
        item.IssuerOfPatientID = spec.issuer
    if spec.type_of_patient_id is not None:
        item.TypeOfPatientID = spec.type_of_patient_id
    if spec.qualifiers:
        qualifiers = Dataset()
        qualifiers.UniversalEntityID = BSN_OID
        qualifiers.UniversalEntityIDType = "ISO"
        qualifiers.IdentifierTypeCode = BSN_TYPE_CODE
        item.IssuerOfPatientIDQualifiersSequence = Sequence([qualifiers])
    return item


def add_content(dataset: Dataset, series: SeriesShape, first_image_uid: str, first_image_class: str) -> None:
    """What the modality's own modules ask for, enough for archives and viewers to accept the object."""
    match series.modality:
        case "CT" | "MR":
            _add_cross_section(dataset, series.modality)
        case "CR" | "DX":
            dataset.ImageType = ["ORIGINAL", "PRIMARY"]
            dataset.BodyPartExamined = series.description.upper()
            dataset.ViewPosition = "AP"
            dataset.PresentationIntentType = "FOR PRESENTATION"
        case "US":
            dataset.ImageType = ["ORIGINAL", "PRIMARY"]
            dataset.UltrasoundColorDataPresent = 0
        case "SR":
            _add_report(dataset)
        case "DOC":
            _add_letter(dataset)
        case "PR":
            _add_presentation_state(dataset, first_image_uid, first_image_class)


def _add_cross_section(dataset: Dataset, modality: str) -> None:
    number = int(dataset.InstanceNumber)
    dataset.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    dataset.FrameOfReferenceUID = f"{dataset.StudyInstanceUID}.9"
    dataset.PositionReferenceIndicator = ""
    dataset.PatientPosition = "HFS"
    dataset.SliceThickness = "5"
    dataset.PixelSpacing = ["0.8", "0.8"]
    dataset.ImageOrientationPatient = ["1", "0", "0", "0", "1", "0"]
    dataset.ImagePositionPatient = ["0", "0", str(number * 5)]
    dataset.AcquisitionNumber = "1"
    if modality == "CT":
        dataset.KVP = "120"
        dataset.RescaleIntercept, dataset.RescaleSlope = "-1024", "1"
    else:
        dataset.ScanningSequence, dataset.SequenceVariant = "SE", "NONE"
        dataset.ScanOptions, dataset.MRAcquisitionType = "", "2D"
        dataset.RepetitionTime, dataset.EchoTime, dataset.EchoTrainLength = "500", "15", "1"


def _code(value: str, scheme: str, meaning: str) -> Sequence:
    code = Dataset()
    code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = value, scheme, meaning
    return Sequence([code])


def _add_report(dataset: Dataset) -> None:
    """A Basic Text SR with one paragraph that names nobody."""
    text = Dataset()
    text.RelationshipType, text.ValueType = "CONTAINS", "TEXT"
    text.ConceptNameCodeSequence = _code("121071", "DCM", "Finding")
    text.TextValue = "Geen afwijkingen."
    dataset.ValueType, dataset.ContinuityOfContent = "CONTAINER", "SEPARATE"
    dataset.ConceptNameCodeSequence = _code("18748-4", "LN", "Diagnostic Imaging Report")
    dataset.ContentSequence = Sequence([text])
    dataset.CompletionFlag, dataset.VerificationFlag = "COMPLETE", "UNVERIFIED"
    dataset.PerformedProcedureCodeSequence = Sequence()
    dataset.ReferencedPerformedProcedureStepSequence = Sequence()


def _add_letter(dataset: Dataset) -> None:
    """An encapsulated PDF of one empty page."""
    dataset.ConversionType = "WSD"
    dataset.BurnedInAnnotation = "NO"
    dataset.AcquisitionDateTime = ""
    dataset.DocumentTitle = "Brief"
    dataset.ConceptNameCodeSequence = Sequence()
    dataset.MIMETypeOfEncapsulatedDocument = "application/pdf"
    dataset.EncapsulatedDocument = _PDF + b"\0" * (len(_PDF) % 2)


def _add_presentation_state(dataset: Dataset, image_uid: str, image_class: str) -> None:
    """A GSPS that shows the study's first image as it is."""
    image = Dataset()
    image.ReferencedSOPClassUID, image.ReferencedSOPInstanceUID = image_class, image_uid
    of_series = Dataset()
    of_series.SeriesInstanceUID = f"{dataset.StudyInstanceUID}.1"
    of_series.ReferencedImageSequence = Sequence([image])
    area = Dataset()
    area.DisplayedAreaTopLeftHandCorner = [1, 1]
    area.DisplayedAreaBottomRightHandCorner = [SIDE, SIDE]
    area.PresentationSizeMode = "SCALE TO FIT"
    area.PresentationPixelAspectRatio = [1, 1]
    dataset.ReferencedSeriesSequence = Sequence([of_series])
    dataset.DisplayedAreaSelectionSequence = Sequence([area])
    dataset.PresentationLUTShape = "IDENTITY"
    dataset.ContentLabel, dataset.ContentDescription, dataset.ContentCreatorName = "WEERGAVE", "", ""
    dataset.PresentationCreationDate = dataset.InstanceCreationDate
    dataset.PresentationCreationTime = dataset.InstanceCreationTime


def add_signature(dataset: Dataset) -> None:
    """A digital signature (PS3.3 C.12.1.1.3); its bytes sign nothing, its presence is what counts."""
    mac = Dataset()
    mac.MACIDNumber = 1
    mac.MACCalculationTransferSyntaxUID = "1.2.840.10008.1.2.1"
    mac.MACAlgorithm = "SHA256"
    mac.DataElementsSigned = [0x00100010, 0x00100020]
    signature = Dataset()
    signature.MACIDNumber = 1
    signature.DigitalSignatureUID = f"{dataset.StudyInstanceUID}.99"
    signature.DigitalSignatureDateTime = "20150302101500"
    signature.CertificateType = "X509_1993_SIG"
    signature.CertificateOfSigner = bytes(16)
    signature.Signature = bytes(32)
    dataset.MACParametersSequence = Sequence([mac])
    dataset.DigitalSignaturesSequence = Sequence([signature])
