"""Picture codes: five characters that a person reads off a picture, good once and for a few minutes."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from datetime import timedelta

from captcha.image import ImageCaptcha
from sqlalchemy import func, insert, update

from chassis.database import Database
from contracts import identity as contract
from contracts.call import Nothing
from contracts.errors import AppError, FieldFault
from identity.sessions import GATEWAY
from identity.tables import captcha
from identity.text import compact_upper

# Without what looks alike once it is bent: 0 O D Q, 1 I L 7, 2 Z, 5 S, 6 G, 8 B, U V, K X.
LETTERS = "34ACEFHJMNPRTWXY"
LENGTH = 5
LIFETIME = timedelta(minutes=5)
WIDTH, HEIGHT = 160, 60
INK, PAPER = (11, 58, 74), (247, 249, 250)
_PAINTER = ImageCaptcha(WIDTH, HEIGHT, font_sizes=(38, 42, 46))
# The painter takes a letter's own brightness for how opaque it is; dark ink would be hardly seen.
_PAINTER.lookup_table = [min(255, 6 * brightness) for brightness in range(256)]


def new_captcha(database: Database) -> contract.Captcha:
    """A new code; only its picture leaves, and only a salted digest of the answer is kept."""
    answer = "".join(secrets.choice(LETTERS) for _ in range(LENGTH))
    captcha_id, salt = secrets.token_hex(16), secrets.token_bytes(16)
    row = {"id": captcha_id, "salt": salt, "digest": digest(salt, answer)}
    with database.changing(GATEWAY) as change:
        change.session.execute(insert(captcha).values(**row, expires_at=func.now() + LIFETIME))
    return contract.Captcha(id=captcha_id, image=_picture(answer), expires_in=int(LIFETIME.total_seconds()))


def check_captcha(database: Database, request: contract.CheckCaptcha) -> Nothing:
    """Uses the code up, whatever was typed. CAPTCHA_REQUIRED when it is used or expired, VALIDATION when it differs."""
    this = (
        captcha.c.id == request.captcha_id,
        captcha.c.used_at.is_(None),
        captcha.c.expires_at > func.now(),
    )
    using = update(captcha).where(*this).values(used_at=func.now())
    with database.changing(GATEWAY) as change:
        kept = change.session.execute(using.returning(captcha.c.salt, captcha.c.digest)).one_or_none()
    if kept is None:
        raise AppError("CAPTCHA_REQUIRED", "图形验证码已过期，请输入新的验证码。")
    if not hmac.compare_digest(kept.digest, digest(kept.salt, request.answer)):
        message = "图形验证码不正确，请输入新的验证码。"
        raise AppError(
            "VALIDATION", message, errors=[FieldFault(field="answer", code="captcha", message=message)]
        )
    return Nothing()


def digest(salt: bytes, answer: str) -> bytes:
    """What is kept of an answer; upper and lower case, full and half width are the same."""
    return hmac.digest(salt, compact_upper(answer).encode(), hashlib.sha256)


def _picture(answer: str) -> str:
    png = _PAINTER.generate(answer, bg_color=PAPER, fg_color=INK)
    return base64.b64encode(png.getvalue()).decode()
