"""Picture codes, where a question of anyone needs one."""

from __future__ import annotations

from fastapi import Request

from contracts.identity import Captcha, NewCaptcha
from gateway.asker import Ask, Asker
from gateway.limits import PICTURES
from gateway.routing import resource

router = resource("图形验证码")


@router.get("/captchas", operation_id="newCaptcha", summary="图形验证码")
async def new_captcha(request: Request, ask: Ask) -> Captcha:
    """A new one; ``image`` is a PNG in Base64. Each is good once, for ``expires_in`` seconds. TOO_MANY_REQUESTS."""
    return await picture(ask, request)


async def picture(asker: Asker, request: Request) -> Captcha:
    """A new picture code for a form or a program. Raises TOO_MANY_REQUESTS."""
    await PICTURES.add(asker, request)
    return await asker.ask(NewCaptcha())
