"""登录 and 退出 (ui.md section 4.4)."""

from __future__ import annotations

from contextlib import suppress

from fastapi import Response

from contracts.errors import AppError
from contracts.identity import EndSession, Session, SignIn
from gateway.services import Services
from gateway.web.body_names import body_of
from gateway.web.forms import Filled
from gateway.web.page_routes import pages
from gateway.web.web import Browser, Web, own_path

router = pages()
HOMES = {"unit": "/u/", "bureau": "/b/", "municipal": "/b/"}
LONGEST_NAME, LONGEST_PASSWORD = 100, 200


@router.get("/login", operation_id="loginPage")
async def login_page(web: Browser, next: str = "", tab: str = "unit") -> Response:  # noqa: A002  # the address says ?next=
    """The form; whoever is signed in already goes on at once."""
    if web.caller:
        return web.go(own_path(next, HOMES.get(web.caller.kind, "/")))
    return _form(web, Filled(values={"username": web.jar.name}), next, tab)


@router.post("/login", operation_id="login")
async def login(web: Browser) -> Response:
    """AUTH_FAILED and ACCOUNT_LOCKED stand on the form."""
    form = web.form
    next_, tab = form.text("next"), form.text("tab", "unit")
    try:
        session = await _sign_in(web)
    except AppError as refusal:
        if web.fragment:
            return web.render("public/_said.html", 422, said=refusal.detail)
        if refusal.status not in {401, 422, 423, 503, 504}:
            raise
        return _form(web, Filled.refused(form, refusal), next_, tab, refusal.status)
    return await _welcome(web, session, next_)


async def _sign_in(web: Web) -> Session:
    # The password is taken as it was typed: blanks at its ends may be part of it.
    username, password = web.form.text("username"), web.form.exact("password")
    if not (0 < len(username) <= LONGEST_NAME and 0 < len(password) <= LONGEST_PASSWORD):
        raise AppError("AUTH_FAILED", "请输入账号和密码。")
    address = web.request.client.host if web.request.client else ""
    return await web.ask(SignIn(username=username, password=password, address=address))


async def _welcome(web: Web, session: Session, next_: str) -> Response:
    expected = web.form.text("in_place")
    services: Services = web.request.app.state.services
    web.keep(web.jar.signed_in(session, await body_of(services, session)))
    if expected:
        return _in_place(web, session, expected)
    return web.go(own_path(next_, HOMES.get(session.account.role, "/")))


def _in_place(web: Web, session: Session, expected: str) -> Response:
    """The dialog over an untouched page: the same account goes on in place, another one gets its own first page."""
    if session.account.id == expected:
        return Response(status_code=204, headers={"HX-Trigger": "signed-in"})
    return web.go(HOMES.get(session.account.role, "/"))


def _form(web: Web, filled: Filled, next_: str, tab: str, status: int = 200) -> Response:
    kept = own_path(next_, "")
    chosen = "bureau" if tab == "bureau" or kept.startswith("/b/") else "unit"
    return web.render("public/login.html", status, filled=filled, next=kept, tab=chosen)


@router.post("/logout", operation_id="logout")
async def logout(web: Browser) -> Response:
    """Ends the session; the cookie goes even when identity can not be reached.

    ``idle``: a page did it by itself. Then its forms stay good for the next sign-in of the same account.
    """
    with suppress(AppError):  # signing out must work on this machine whatever the service says
        await web.ask(EndSession())
    if web.form.text("idle"):
        web.keep(web.jar.ended())
        return Response(status_code=204)
    response = web.go("/")
    web.jar_changed = False
    web.renderer.cookies.forget(response)
    return response
