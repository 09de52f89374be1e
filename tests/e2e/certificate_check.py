"""The signature of a certificate's file, checked by pyHanko against the authority of this installation alone."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

from asn1crypto import pem, x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext
from tests.e2e.checking import expect


def check_signature(pdf: bytes, authority: Path) -> str:
    """Raises StepFailed unless the file has one signature that covers all of it and leads to ``authority`` (PEM).

    Gives the name of the signer.
    """
    signatures = PdfFileReader(BytesIO(pdf)).embedded_signatures
    expect("signatures of the file", len(signatures), 1)
    trusting = ValidationContext(trust_roots=[_certificate(authority)], allow_fetching=False)
    status = validate_pdf_signature(signatures[0], trusting)
    said = (status.intact, status.valid, status.trusted, status.bottom_line)
    expect("the signature is intact, valid, trusted, good", said, (True, True, True, True))
    expect("what the signature covers", status.coverage, SignatureCoverageLevel.ENTIRE_FILE)
    return str(status.signing_cert.subject.human_friendly)


def _certificate(file: Path) -> x509.Certificate:
    _, _, content = pem.unarmor(file.read_bytes())
    return x509.Certificate.load(content)
