"""Picture codes: good once, for a few minutes, for the answer that the picture shows."""

from __future__ import annotations

import base64
import io
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import func, text

from chassis.database import Database
from contracts.errors import AppError
from contracts.identity import CheckCaptcha, NewCaptcha
from identity import captchas
from identity.clock import prune
from identity.tables import captcha


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The answers of the pictures that were drawn."""
    drawn: list[str] = []
    picture = captchas._picture

    def listening(answer: str) -> str:
        drawn.append(answer)
        return picture(answer)

    monkeypatch.setattr(captchas, "_picture", listening)
    return drawn


def test_a_picture_comes_and_its_answer_is_not_kept(ask: Any, answers: list[str], rows: Any) -> None:
    made = ask(NewCaptcha())
    with Image.open(io.BytesIO(base64.b64decode(made.image))) as picture:
        assert (picture.format, picture.size) == ("PNG", (captchas.WIDTH, captchas.HEIGHT))
    assert made.expires_in == 300
    assert len(answers[0]) == captchas.LENGTH
    (row,) = rows(captcha, id=made.id)
    assert answers[0].encode() not in bytes(row["digest"]) + bytes(row["salt"])


@pytest.mark.parametrize("typed", [str.upper, str.lower, lambda answer: f" {answer[:2]} {answer[2:]}"])
def test_the_right_answer_is_good_once(ask: Any, answers: list[str], typed: Any) -> None:
    made = ask(NewCaptcha())
    request = CheckCaptcha(captcha_id=made.id, answer=typed(answers[0]))
    ask(request)
    with pytest.raises(AppError, match="CAPTCHA_REQUIRED"):
        ask(request)


def test_a_wrong_answer_uses_the_code_up(ask: Any, answers: list[str]) -> None:
    made = ask(NewCaptcha())
    with pytest.raises(AppError) as refused:
        ask(CheckCaptcha(captcha_id=made.id, answer="wrong"))
    assert (refused.value.code, refused.value.errors[0].field) == ("VALIDATION", "answer")
    with pytest.raises(AppError, match="CAPTCHA_REQUIRED"):
        ask(CheckCaptcha(captcha_id=made.id, answer=answers[0]))


def test_an_old_code_is_refused_and_pruned(
    ask: Any, answers: list[str], database: Database, rows: Any
) -> None:
    old, young = ask(NewCaptcha()), ask(NewCaptcha())
    with database.engine.begin() as connection:
        connection.execute(
            captcha.update()
            .where(captcha.c.id == old.id)
            .values(expires_at=func.now() - text("interval '1 second'"))
        )
    with pytest.raises(AppError, match="CAPTCHA_REQUIRED"):
        ask(CheckCaptcha(captcha_id=old.id, answer=answers[0]))
    prune(database)
    assert [row["id"] for row in rows(captcha)] == [young.id]


def test_a_code_that_never_was_is_refused(ask: Any) -> None:
    with pytest.raises(AppError, match="CAPTCHA_REQUIRED"):
        ask(CheckCaptcha(captcha_id="unknown", answer="x"))
