"""Sign-in and sign-out."""

from __future__ import annotations

from fastapi import Request, Response
from pydantic import Field

from contracts.identity import Account, EndSession, GetMe, RefreshSession, Session, SignIn
from gateway.asker import Ask
from gateway.bodies import Body
from gateway.routing import resource

router = resource("登录")


class Credentials(Body):
    """``otp`` and ``captcha`` are taken where they are asked for; the first version asks for neither."""

    username: str = Field(min_length=1, max_length=100)
    password: str = Field(min_length=1, max_length=200)
    otp: str | None = Field(default=None, max_length=20)
    captcha: str | None = Field(default=None, max_length=40)


class RefreshToken(Body):
    """What the last sign-in or refresh gave."""

    refresh_token: str = Field(min_length=1, max_length=200)


@router.post("/sessions", status_code=201, operation_id="signIn", summary="登录")
async def sign_in(body: Credentials, request: Request, ask: Ask) -> Session:
    """AUTH_FAILED, ACCOUNT_LOCKED after five failures."""
    address = request.client.host if request.client else ""
    return await ask.ask(SignIn(username=body.username, password=body.password, address=address))


@router.post("/sessions/refresh", status_code=201, operation_id="refreshSession", summary="续期登录")
async def refresh_session(body: RefreshToken, ask: Ask) -> Session:
    """A refresh token is good once."""
    return await ask.ask(RefreshSession(refresh_token=body.refresh_token))


@router.delete(
    "/sessions/current",
    status_code=204,
    response_class=Response,
    operation_id="signOut",
    summary="退出登录",
)
async def sign_out(ask: Ask) -> None:
    """No refresh token of the session is good any more."""
    await ask.ask(EndSession())


@router.get("/me", operation_id="getMe", summary="当前账号")
async def get_me(ask: Ask) -> Account:
    """Who is signed in."""
    return await ask.ask(GetMe())
