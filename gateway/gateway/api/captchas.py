"""Picture codes, where a question of anyone needs one."""

from __future__ import annotations

from contracts.identity import Captcha, NewCaptcha
from gateway.asker import Ask
from gateway.routing import resource

router = resource("图形验证码")


@router.get("/captchas", operation_id="newCaptcha", summary="图形验证码")
async def new_captcha(ask: Ask) -> Captcha:
    """A new one; ``image`` is a PNG in Base64. Each is good once, for ``expires_in`` seconds."""
    return await ask.ask(NewCaptcha())
