"""Passwords and keys of a stack, made once and kept below its root."""

import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from local_stack.remembered import file_lock, read_json, write_json, write_private


def random_password() -> str:
    """160 random bits in letters and digits only, so that no URL or configuration file has to escape it."""
    return secrets.token_hex(20)


@dataclass(frozen=True)
class Secrets:
    """Named secrets in a file of mode 600; one that is asked for the first time is made then."""

    file: Path

    def get(self, name: str, make: Callable[[], str] = random_password) -> str:
        known = read_json(self.file).get(name)
        if known is not None:
            return str(known)
        with file_lock(self.file.with_suffix(".lock")):
            content = read_json(self.file)
            content.setdefault(name, make())
            write_json(self.file, content)
        return str(content[name])


def ensure_key_pairs(folder: Path, names: Iterable[str]) -> None:
    """An Ed25519 pair for each name: ``private/<name>.pem`` (PKCS 8, mode 600) and ``public/<name>.pem``."""
    with file_lock(folder / ".lock"):
        for name in names:
            _ensure_key_pair(folder / "private" / f"{name}.pem", folder / "public" / f"{name}.pem")


def _ensure_key_pair(private: Path, public: Path) -> None:
    if private.exists() and public.exists():
        return
    key = Ed25519PrivateKey.generate()
    encoding = serialization.Encoding.PEM
    pkcs8, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    write_private(private, key.private_bytes(encoding, pkcs8, plain).decode())
    spki = serialization.PublicFormat.SubjectPublicKeyInfo
    write_private(public, key.public_key().public_bytes(encoding, spki).decode())
    public.chmod(0o644)
