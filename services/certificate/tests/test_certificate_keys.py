"""The keys of the test signature are made once, however many processes start, and say that they are for tests."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from certificate.adapters.signing import Seal
from certificate.adapters.signing_keys import DOCUMENT_SIGNING, SigningKeys, ensure_keys

FILES = ("ca.pem", "ca.key", "signer.pem", "signer.key")
MAKE = "import sys; from pathlib import Path; from certificate.adapters.signing_keys import *; "
MAKE += "print(ensure_keys(Path(sys.argv[1])).signer.read_text())"


def test_processes_that_start_at_once_have_the_same_keys(tmp_path: Path) -> None:
    command = [sys.executable, "-c", MAKE, str(tmp_path / "keys")]
    started = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    seen = {process.communicate(timeout=60)[0].strip() for process in started}
    assert seen == {(tmp_path / "keys" / "signer.pem").read_text().strip()}


@pytest.mark.parametrize("name", FILES)
def test_only_the_owner_reads_the_keys(made_keys: SigningKeys, name: str) -> None:
    assert (made_keys.folder / name).stat().st_mode & 0o777 == 0o600


def test_keys_that_are_there_stay(made_keys: SigningKeys) -> None:
    before = {name: (made_keys.folder / name).read_bytes() for name in FILES}
    ensure_keys(made_keys.folder)
    assert {name: (made_keys.folder / name).read_bytes() for name in FILES} == before


def test_a_start_that_was_interrupted_begins_anew(tmp_path: Path) -> None:
    keys = SigningKeys(tmp_path)
    keys.ca_key.write_text("half of a")
    keys.ca.with_suffix(".pem.new").write_text("left over")
    Seal(ensure_keys(tmp_path))
    assert keys.ca_key.read_text().startswith("-----BEGIN PRIVATE KEY-----")


def test_the_certificates_are_for_signing_documents_in_tests(made_keys: SigningKeys) -> None:
    ca, signer = (
        x509.load_pem_x509_certificate(path.read_bytes()) for path in (made_keys.ca, made_keys.signer)
    )
    signer.verify_directly_issued_by(ca)
    usage = signer.extensions.get_extension_for_class(x509.KeyUsage).value
    assert usage.digital_signature
    assert usage.content_commitment
    assert not usage.key_cert_sign
    assert DOCUMENT_SIGNING in signer.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert not signer.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert signer.not_valid_after_utc < ca.not_valid_after_utc
    [unit] = signer.subject.get_attributes_for_oid(NameOID.ORGANIZATIONAL_UNIT_NAME)
    assert unit.value == "测试签名"
