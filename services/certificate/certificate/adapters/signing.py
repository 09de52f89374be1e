"""The signature of a document: PAdES by pyHanko, with the local test keys until a seal service is connected.

The same document, key and moment make the same bytes, so that a job that is repeated stores the same file again.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import signers
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko.sign.signers.pdf_signer import PdfSigningSession

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

    def sign(self, unsigned: Path, signed: Path, moment: datetime) -> None:
        """Writes the signed document. The signature has no picture: the page itself says 样章."""
        metadata = signers.PdfSignatureMetadata(
            field_name=FIELD, reason=REASON, md_algorithm="sha256", subfilter=SigSeedSubFilter.PADES
        )
        with unsigned.open("rb") as source, signed.open("wb+") as target:
            writer = _KeepsMetadata(source)
            _SignsAt(metadata, self._signer, moment).sign_pdf(writer, output=target)


class _KeepsMetadata(IncrementalPdfFileWriter):
    """Adds the signature only: the metadata that make the document PDF/A stay as they were typeset."""

    def _update_meta(self) -> None:
        """Nothing of them changes."""

    @classmethod
    def _handle_id(cls, prev: Any) -> generic.ArrayObject:
        """The identifier of the typeset document, which has one of its own; a random one would change each time."""
        return generic.ArrayObject(prev.trailer["/ID"])


class _SignsAt(signers.PdfSigner):
    """States a given moment as the time of the signature."""

    def __init__(self, metadata: signers.PdfSignatureMetadata, signer: Any, moment: datetime) -> None:
        super().__init__(metadata, signer)
        self._moment = moment

    def init_signing_session(self, *args: Any, **kwargs: Any) -> PdfSigningSession:
        """A session whose clock stands still."""
        session = super().init_signing_session(*args, **kwargs)
        session.system_time = self._moment
        return session
