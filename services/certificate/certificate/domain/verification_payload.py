"""What the public sees when it verifies a certificate, and the token that leads there. No personal data."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date

from certificate.domain.contents import CertificateContents

STATES = {"valid": "有效", "superseded": "已变更", "voided": "已作废"}
_TOKEN_BYTES = 24  # 192 bits, exactly 32 characters of base64 without padding
_TOKEN = re.compile(r"[A-Za-z0-9_-]{32}")


def new_token(entropy: Callable[[int], bytes]) -> str:
    """An unguessable token of 32 url-safe characters. ``entropy(n)`` gives n bytes, as ``os.urandom`` does.

    Raises ValueError when the source gives another length.
    """
    drawn = entropy(_TOKEN_BYTES)
    if len(drawn) != _TOKEN_BYTES:
        raise ValueError("the entropy source gave another number of bytes")
    return base64.urlsafe_b64encode(drawn).decode("ascii")


def is_token(text: str) -> bool:
    """Whether ``text`` has the form of a token; nothing else needs to be looked up."""
    return _TOKEN.fullmatch(text) is not None


@dataclass(frozen=True)
class VerificationPayload:
    """The public facts of one certificate (api.md section 5)."""

    number: str
    unit_name: str
    variety: str
    count: int
    issued_on: date
    authority: str
    state: str

    def __post_init__(self) -> None:
        if self.state not in STATES:
            raise ValueError(f"unknown state of a certificate: {self.state!r}")

    def as_json(self) -> dict[str, str | int]:
        """The answer of the public interface; the date in ISO form."""
        return {**asdict(self), "issued_on": self.issued_on.isoformat()}


def public_facts(contents: CertificateContents, state: str) -> VerificationPayload:
    """Pick what may be public; people, phones, addresses and cylinders stay behind."""
    return VerificationPayload(
        number=contents.number,
        unit_name=contents.unit_name,
        variety=contents.variety,
        count=contents.count,
        issued_on=contents.issued_on,
        authority=contents.authority,
        state=state,
    )
