"""A look at an uploaded file: is it a PDF, is it signed, by whom, and was it changed since? Trusts our authority only.

Runs in a process of its own with little memory and time (adapters/contained.py): the file is a stranger's.
``python -m certificate.adapters.signature_check FILE CA`` prints the facts as JSON.
"""

from __future__ import annotations

import hashlib
import io
import json
import logging
import resource
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import BinaryIO

from asn1crypto import pem
from asn1crypto import x509 as asn1
from cryptography import x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.general import find_unique_cms_attribute
from pyhanko.sign.validation import EmbeddedPdfSignature, SignatureCoverageLevel, validate_pdf_signature
from pyhanko.sign.validation.generic_cms import validate_sig_integrity
from pyhanko_certvalidator import ValidationContext

from certificate.domain.file_verdict import FileFacts

CPU_S = 8
MEMORY = 1 << 30
_HEAD = 1024
_TAIL = 4096
"""The end of a PDF says where its table of contents begins; a parser would search all the megabytes for it."""


def look(path: Path, ca: Path) -> FileFacts:
    """What can be said of the file; whatever the bytes are, this answers."""
    with path.open("rb") as file:
        if b"%PDF-" not in file.read(_HEAD):
            return FileFacts("not_pdf")
        digest = _digest(file)
        if b"startxref" not in _tail(file):
            return FileFacts("not_pdf", sha256=digest)
        try:
            found = _signatures(file)
        except Exception:  # noqa: BLE001  # a stranger's bytes may break a parser in any way; all mean the same
            return FileFacts("not_pdf", sha256=digest)
        if isinstance(found, FileFacts):
            return replace(found, sha256=digest)
        return _signed(file, found, ca, digest)


def _signatures(file: BinaryIO) -> list[EmbeddedPdfSignature] | FileFacts:
    reader = PdfFileReader(file, strict=False)
    if reader.encrypt_dict is not None:
        return FileFacts("encrypted")
    return list(reader.embedded_regular_signatures) or FileFacts("unsigned")


def _signed(file: BinaryIO, found: list[EmbeddedPdfSignature], ca: Path, digest: str) -> FileFacts:
    """We sign once: the first signature counts, and another one after it is a change."""
    facts = FileFacts("signed", sha256=digest)
    first = found[0]
    try:
        facts = replace(
            facts, signed_sha256=_digest(file, int(first.byte_range[2]) + int(first.byte_range[3]))
        )
        trust = ValidationContext(trust_roots=[_certificate(ca)], allow_fetching=False)
        status = validate_pdf_signature(first, trust)
    except Exception:  # noqa: BLE001  # as above: a signature that cannot be checked proves nothing
        return facts
    whole = status.coverage == SignatureCoverageLevel.ENTIRE_FILE and len(found) == 1
    trusted = bool(status.trusted) or (not status.intact and _signed_by_us(first, ca))
    return replace(facts, intact=status.intact and status.valid and whole, trusted=trusted)


def _signed_by_us(signature: EmbeddedPdfSignature, ca: Path) -> bool:
    """Whether our signer signed a digest, though not of this content: then something of ours was changed."""
    try:
        digest = find_unique_cms_attribute(signature.signer_info["signed_attrs"], "message_digest").native
        _, valid = validate_sig_integrity(signature.signer_info, signature.signer_cert, "data", digest)
        authority = x509.load_pem_x509_certificate(ca.read_bytes())
        x509.load_der_x509_certificate(signature.signer_cert.dump()).verify_directly_issued_by(authority)
    except Exception:  # noqa: BLE001  # as above
        return False
    return valid


def _certificate(path: Path) -> asn1.Certificate:
    _, _, content = pem.unarmor(path.read_bytes())
    return asn1.Certificate.load(content)


def _tail(file: BinaryIO) -> bytes:
    file.seek(max(file.seek(0, io.SEEK_END) - _TAIL, 0))
    return file.read()


def _digest(file: BinaryIO, length: int = -1) -> str:
    file.seek(0)
    return hashlib.sha256(file.read(length)).hexdigest()


def main() -> None:
    """Prints the facts as one JSON object."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    logging.disable(logging.CRITICAL)
    facts = look(Path(sys.argv[1]), Path(sys.argv[2]))
    sys.stdout.write(json.dumps(asdict(facts)))


if __name__ == "__main__":
    main()
