"""The keys of the test signature: a local authority and a signer, made once, on the first start.

Several processes may start at once: a file lock lets one make them. Each file is written whole before it gets its
name, the signer's certificate last; a start that was interrupted before it begins anew.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID, ObjectIdentifier

RSA_BITS = 3072
CA_DAYS = 365 * 30
SIGNER_DAYS = 365 * 20
DOCUMENT_SIGNING = ObjectIdentifier("1.3.6.1.5.5.7.3.36")
"""RFC 9336: a certificate for signing documents."""
_OWNER_ONLY = 0o600


@dataclass(frozen=True)
class SigningKeys:
    """Where the keys lie."""

    folder: Path

    @property
    def ca(self) -> Path:
        """The authority that a check trusts."""
        return self.folder / "ca.pem"

    @property
    def ca_key(self) -> Path:
        """The authority's private key."""
        return self.folder / "ca.key"

    @property
    def signer(self) -> Path:
        """The signer's certificate."""
        return self.folder / "signer.pem"

    @property
    def signer_key(self) -> Path:
        """The signer's private key."""
        return self.folder / "signer.key"


def ensure_keys(folder: Path) -> SigningKeys:
    """The keys in ``folder``; makes them when there are none yet."""
    keys = SigningKeys(folder)
    if keys.signer.exists():  # perhaps mounted, and not to be written
        return keys
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _locked(folder / ".lock"):
        if not keys.signer.exists():
            _make(keys)
    return keys


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _make(keys: SigningKeys) -> None:
    ca_key, signer_key = (rsa.generate_private_key(65537, RSA_BITS) for _ in range(2))
    ca = _ca(ca_key)
    signer = _signer(signer_key, ca, ca_key)
    for path, content in (
        (keys.ca_key, _pem_of_key(ca_key)),
        (keys.ca, ca.public_bytes(serialization.Encoding.PEM)),
        (keys.signer_key, _pem_of_key(signer_key)),
        (keys.signer, signer.public_bytes(serialization.Encoding.PEM)),
    ):
        _write(path, content)


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all, and on the disk before anything is signed with it."""
    unfinished = path.with_suffix(f"{path.suffix}.new")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)


def _pem_of_key(key: rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _name(common_name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "瓶证"),
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, "测试签名"),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def _ca(key: rsa.RSAPrivateKey) -> x509.Certificate:
    name = _name("瓶证 测试签名 根证书（样章）")
    usage = _usage(key_cert_sign=True, crl_sign=True)
    return (
        _begun(name, name, key.public_key(), CA_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .sign(key, hashes.SHA256())
    )


def _signer(key: rsa.RSAPrivateKey, ca: x509.Certificate, ca_key: rsa.RSAPrivateKey) -> x509.Certificate:
    name = _name("瓶证 测试签名（样章）")
    usage = _usage(digital_signature=True, content_commitment=True)
    authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key())
    return (
        _begun(name, ca.subject, key.public_key(), SIGNER_DAYS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.ExtendedKeyUsage([DOCUMENT_SIGNING]), critical=False)
        .add_extension(authority, critical=False)
        .sign(ca_key, hashes.SHA256())
    )


def _begun(
    subject: x509.Name, issuer: x509.Name, key: rsa.RSAPublicKey, days: int
) -> x509.CertificateBuilder:
    """Valid from yesterday, so that a clock that is a little behind does not refuse it."""
    start = datetime.now(UTC).replace(microsecond=0) - timedelta(days=1)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _usage(**allowed: bool) -> x509.KeyUsage:
    names = (
        "digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
        "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
    )  # fmt: skip
    return x509.KeyUsage(**{name: allowed.get(name, False) for name in names})
