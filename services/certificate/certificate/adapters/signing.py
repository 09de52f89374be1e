"""The signature of a document: PAdES by pyHanko, with the local test keys until a seal service is connected."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import signers
from pyhanko.sign.fields import SigSeedSubFilter

from certificate.adapters.signing_keys import SigningKeys

FIELD = "Signature1"
REASON = "测试签名（样章）"


class Seal:
    """Signs documents with the keys of one folder."""

    def __init__(self, keys: SigningKeys) -> None:
        load: Any = signers.SimpleSigner.load  # has no types
        signer = load(str(keys.signer_key), str(keys.signer), ca_chain_files=(str(keys.ca),))
        if signer is None:
            raise ValueError(f"the signing keys in {keys.folder} cannot be read")
        self._signer = signer

    def sign(self, unsigned: Path, signed: Path) -> None:
        """Writes the signed document. The signature has no picture: the page itself says 样章."""
        metadata = signers.PdfSignatureMetadata(
            field_name=FIELD, reason=REASON, md_algorithm="sha256", subfilter=SigSeedSubFilter.PADES
        )
        with unsigned.open("rb") as source, signed.open("wb+") as target:
            writer = IncrementalPdfFileWriter(source)
            signers.sign_pdf(writer, metadata, self._signer, output=target)
