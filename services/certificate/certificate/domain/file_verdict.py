"""What the check of an uploaded PDF means, in words for anyone. Source: api.md section 5."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

MAX_BYTES = 20 * 1024 * 1024
Outcome = Literal[
    "signed", "too_large", "missing", "not_pdf", "encrypted", "unsigned", "too_complex", "not_checked"
]

MESSAGES = {
    "too_large": "文件超过20MB，无法在线检查，请改用证书上的二维码或编号验证。",
    "missing": "没有收到文件或文件已过期，请重新上传。",
    "not_pdf": "该文件不是有效的PDF文件或已损坏，请上传从本系统下载的证书原件。",
    "encrypted": "该文件设有密码，无法检查；本系统签发的证书不设密码，请上传下载的原件。",
    "unsigned": "该文件没有电子签名，不是本系统签发的证书文件，请向持证单位索取原件或用二维码验证。",
    "too_complex": "该文件无法在限定时间内检查，请上传从本系统下载的证书原件。",
    "not_checked": "检查没有完成，请重新上传文件；如仍失败请稍后再试。",
    "foreign": "该文件的签名不是本系统的签名，不能证明证书由登记机关签发，请用证书上的二维码验证。",
    "changed": "该文件在签发后被改动过，内容不可信，请以从本系统下载的原件为准。",
    "unknown": "签名有效，但该文件不是本系统存档的证书文件，请联系登记机关核实。",
    "superseded": "该文件由本系统签发且未被改动，但证书已变更换发，请使用最新版本。",
    "voided": "该文件由本系统签发且未被改动，但证书已作废，不再有效。",
    "valid": "该文件由本系统签发，未被改动，证书现行有效。（测试签名，样章）",
}


@dataclass(frozen=True)
class FileFacts:
    """What a look at the bytes found. ``sha256`` is of the file, ``signed_sha256`` of its part up to the signature's
    end: what was issued, even when something was appended later."""

    outcome: Outcome
    intact: bool = False
    trusted: bool = False
    sha256: str = ""
    signed_sha256: str = ""


@dataclass(frozen=True)
class Issued:
    """The certificate whose stored file this is, or once was."""

    number: str
    state: str
    newest: bool


@dataclass(frozen=True)
class FileVerdict:
    """The answer (contracts.certificate.PdfCheck)."""

    intact: bool
    trusted: bool
    ours: bool
    latest: bool
    number: str | None
    certificate_state: str | None
    message: str


def judge(facts: FileFacts, issued: Issued | None, *, whole: bool) -> FileVerdict:
    """``issued`` is the certificate of the file or of its signed part, ``whole`` whether it is the whole file."""
    ours = issued is not None and whole
    latest = issued is not None and issued.newest and issued.state == "valid"
    return FileVerdict(
        intact=facts.intact,
        trusted=facts.trusted,
        ours=ours,
        latest=latest,
        number=issued.number if issued else None,
        certificate_state=issued.state if issued else None,
        message=MESSAGES[_meaning(facts, issued, ours=ours)],
    )


def _meaning(facts: FileFacts, issued: Issued | None, *, ours: bool) -> str:
    if facts.outcome != "signed":
        return facts.outcome
    if not facts.intact:
        return "changed" if facts.trusted or issued else "foreign"
    if not facts.trusted:
        return "foreign"
    if issued is None or not ours:
        return "unknown"
    return "superseded" if issued.state == "valid" and not issued.newest else issued.state
