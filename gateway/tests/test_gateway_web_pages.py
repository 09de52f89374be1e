"""Pages: sign-in, cookies, CSRF, who may open what, headers, and errors."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from fastapi import FastAPI

from contracts.call import ACCOUNTS, Nothing, Page
from contracts.errors import AppError
from contracts.identity import (
    Account,
    ChangeMyUnit,
    EndSession,
    ListDistricts,
    RefreshSession,
    Session,
    SignIn,
)
from contracts.importer import CountCylinders, ManyCounts
from contracts.review import (
    Application,
    FindProgress,
    GetApplication,
    GetTodos,
    ListApplications,
    ListTasks,
    SubmitApplication,
    Task,
    Todo,
    Todos,
)
from gateway.access import EVERYONE, MAY_OPEN
from gateway.web.assets import ASSETS
from gateway.web.page_routes import PageRoute

HTML = {"Accept": "text/html"}
LARGEST_MODULE = 6000
NOW = "2026-11-24T14:00:00+08:00"


@dataclass
class Person:
    """Somebody with a browser that keeps its cookie."""

    client: Any

    def get(self, path: str, **options: Any) -> Any:
        return self.client.get(path, headers=HTML | options.pop("headers", {}), **options)

    def csrf(self, path: str) -> str:
        found = re.search(r'name="csrf" value="([^"]+)"', self.get(path).text)
        assert found
        return found[1]

    def post(self, path: str, data: dict[str, str], **options: Any) -> Any:
        return self.client.post(path, data=data, headers=HTML | options.pop("headers", {}), **options)

    def sign_in(self, next_: str = "") -> Any:
        form = {"csrf": self.csrf("/login"), "username": "demo", "password": " pass word ", "next": next_}
        return self.post("/login", form)


@pytest.fixture
def person(client: Any, transport: Any) -> Person:
    transport.answer(ListApplications, Page[Application](items=[], total=0))
    transport.answer(ListTasks, Page[Task](items=[], total=0))
    transport.answer(GetTodos, Todos(items=[]))
    transport.answer(EndSession, Nothing())
    return Person(client)


@pytest.fixture
def session_of(token_of: Callable[..., str]) -> Callable[..., Session]:
    def make(role: str, refresh: str = "r-1", seconds: int = 300) -> Session:
        account = Account(id=f"a-{role}", username=f"demo-{role}", role=role)
        return Session(
            access_token=token_of(role, seconds), expires_in=seconds, refresh_token=refresh, account=account
        )

    return make


@pytest.fixture
def as_role(person: Person, transport: Any, session_of: Callable[..., Session]) -> Callable[[str], Person]:
    def sign_in(role: str) -> Person:
        transport.answer(SignIn, session_of(role))
        assert person.sign_in().status_code == 303
        return person

    return sign_in


def page_routes(app: FastAPI) -> Iterator[tuple[str, str, str]]:
    routers = [route.original_router for route in app.routes if hasattr(route, "original_router")]
    for route in (each for router in routers for each in router.routes):
        if isinstance(route, PageRoute):
            for method in route.methods or ():
                yield route.operation_id or "", method, route.path


def address(path: str) -> str:
    return re.sub(r"{(page)}", "1", re.sub(r"{(?!page})\w+}", "x", path))


def test_the_table_names_exactly_the_pages(app: FastAPI) -> None:
    assert sorted(name for name, _, _ in page_routes(app)) == sorted(MAY_OPEN)


def test_a_visitor_is_led_to_the_sign_in_and_back(person: Person, app: FastAPI) -> None:
    for name, method, path in page_routes(app):
        answer = person.client.request(method, address(path) + "?a=1", headers=HTML)
        led = answer.headers.get("Location", "").startswith("/login?next=") or answer.status_code == 401
        assert led == (MAY_OPEN[name] != EVERYONE), f"{name}: {answer.status_code}"
    assert person.get("/u/?tab=draft").headers["Location"] == "/login?next=%2Fu%2F%3Ftab%3Ddraft"


@pytest.mark.parametrize("role", sorted(ACCOUNTS))
def test_a_page_of_another_role_says_so_and_asks_nobody(
    role: str, as_role: Callable[[str], Person], app: FastAPI, transport: Any
) -> None:
    person = as_role(role)
    for name, method, path in page_routes(app):
        if role in MAY_OPEN[name]:
            continue
        transport.asked.clear()
        answer = person.client.request(method, address(path), headers=HTML)
        assert answer.status_code == 403, name
        assert transport.asked == []


def test_whoever_signs_in_gets_one_http_only_cookie_and_their_workbench(
    person: Person, transport: Any, session_of: Callable[..., Session]
) -> None:
    transport.answer(SignIn, session_of("unit"))
    answer = person.sign_in()
    assert (answer.status_code, answer.headers["Location"]) == (303, "/u/")
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-pingzheng=")
    assert {"HttpOnly", "Secure", "Path=/", "SameSite=lax"} <= set(cookie.split("; "))
    assert "r-1" not in cookie
    assert transport.asked[-1].call == SignIn(username="demo", password=" pass word ", address="127.0.0.1")


@pytest.mark.parametrize(
    ("given", "gone_to"),
    [
        ("/u/?tab=draft", "/u/?tab=draft"),
        ("//evil.example", "/u/"),
        ("https://evil.example", "/u/"),
        ("/\\evil.example", "/u/"),
    ],
)
def test_after_the_sign_in_only_our_own_addresses_are_gone_to(
    person: Person, transport: Any, session_of: Callable[..., Session], given: str, gone_to: str
) -> None:
    transport.answer(SignIn, session_of("unit"))
    assert person.sign_in(given).headers["Location"] == gone_to


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("AUTH_FAILED", 401),
        ("ACCOUNT_LOCKED", 423),
        ("UPSTREAM_UNAVAILABLE", 503),
    ],
)
def test_a_refused_sign_in_keeps_the_name_and_says_why(
    person: Person, transport: Any, code: str, status: int
) -> None:
    transport.answer(SignIn, AppError(code))
    answer = person.sign_in()
    assert answer.status_code == status
    assert 'value="demo"' in answer.text
    assert "pass word" not in answer.text
    assert AppError(code).detail in answer.text


@pytest.mark.parametrize("given", [{}, {"csrf": "x"}, {"csrf": ""}, {"csrf": "x."}, {"csrf": "é.é"}])
def test_a_form_without_its_token_changes_nothing(
    as_role: Callable[[str], Person], transport: Any, given: dict[str, str]
) -> None:
    person = as_role("unit")
    transport.asked.clear()
    answer = person.post("/logout", given)
    assert answer.status_code == 403
    assert "页面已过期" in answer.text
    assert transport.asked == []


def test_pages_are_compressed_and_no_two_show_the_same_token(as_role: Callable[[str], Person]) -> None:
    person = as_role("unit")
    answer = person.get("/u/", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in answer.headers["Vary"]
    assert person.csrf("/u/") != person.csrf("/u/")


def test_the_token_of_a_visitor_is_no_good_after_the_sign_in(
    person: Person, transport: Any, session_of: Callable[..., Session]
) -> None:
    before = person.csrf("/login")
    transport.answer(SignIn, session_of("unit"))
    person.sign_in()
    assert person.post("/logout", {"csrf": before}).status_code == 403


def test_signing_out_ends_the_session_and_takes_the_cookie(
    as_role: Callable[[str], Person], transport: Any
) -> None:
    person = as_role("unit")
    answer = person.post("/logout", {"csrf": person.csrf("/u/")})
    assert answer.headers["Location"] == "/"
    assert "Max-Age=0" in answer.headers["Set-Cookie"]
    assert isinstance(transport.asked[-1].call, EndSession)
    assert person.get("/u/").status_code == 303


def test_a_session_is_renewed_by_itself(
    person: Person, transport: Any, session_of: Callable[..., Session]
) -> None:
    transport.answer(SignIn, session_of("unit", seconds=0))
    transport.answer(RefreshSession, session_of("unit", refresh="r-2"))
    person.sign_in()
    answer = person.get("/u/")
    assert answer.status_code == 200
    assert "Set-Cookie" in answer.headers
    renewals = [each.call for each in transport.asked if isinstance(each.call, RefreshSession)]
    assert renewals == [RefreshSession(refresh_token="r-1")]


def test_nobody_is_signed_out_because_identity_is_away_for_a_moment(
    person: Person, transport: Any, session_of: Callable[..., Session]
) -> None:
    transport.answer(SignIn, session_of("unit", seconds=-60))
    transport.answer(RefreshSession, AppError("UPSTREAM_UNAVAILABLE"))
    person.sign_in()
    assert person.get("/u/").status_code == 503
    assert person.get("/").status_code == 200
    transport.answer(RefreshSession, session_of("unit", refresh="r-2"))
    assert person.get("/u/").status_code == 200


def test_two_tabs_with_the_same_old_cookie_renew_once(
    person: Person, transport: Any, session_of: Callable[..., Session]
) -> None:
    transport.answer(SignIn, session_of("unit", seconds=0))
    transport.answer(RefreshSession, session_of("unit", refresh="r-2"))
    old = person.sign_in().headers["Set-Cookie"].partition(";")[0]
    for _ in range(2):
        assert person.get("/u/", headers={"Cookie": old}).status_code == 200
    assert sum(isinstance(each.call, RefreshSession) for each in transport.asked) == 1


def test_a_session_that_is_over_leads_back_with_the_form_token_still_good(
    person: Person, transport: Any, session_of: Callable[..., Session]
) -> None:
    transport.answer(SignIn, session_of("unit"))
    person.sign_in()
    before = person.csrf("/u/")
    transport.answer(ListApplications, AppError("TOKEN_EXPIRED"))
    assert person.get("/u/").headers["Location"] == "/login?next=%2Fu%2F"
    transport.answer(ListApplications, Page[Application](items=[], total=0))
    person.sign_in("/u/")
    assert person.csrf("/u/") != before
    transport.answer(EndSession, Nothing())
    assert person.post("/logout", {"csrf": before}).status_code == 303


def test_htmx_gets_the_content_alone_and_a_401_when_the_session_is_over(
    as_role: Callable[[str], Person], transport: Any
) -> None:
    person = as_role("unit")
    fragment = person.get("/u/", headers={"HX-Request": "true"})
    assert "<html" not in fragment.text
    assert "还没有申请" in fragment.text
    transport.answer(ListApplications, AppError("TOKEN_EXPIRED"))
    assert person.get("/u/", headers={"HX-Request": "true"}).status_code == 401


@pytest.mark.parametrize(
    ("code", "status", "text"),
    [
        ("NOT_FOUND", 404, "没有找到该页面或申请"),
        ("STALE", 409, "已被更新"),
        ("TOO_MANY_REQUESTS", 429, "操作过于频繁"),
        ("UPSTREAM_UNAVAILABLE", 503, "服务暂不可用"),
        ("INTERNAL", 500, "错误编号"),
    ],
)
def test_refusals_are_pages_that_say_what_to_do(
    as_role: Callable[[str], Person], transport: Any, code: str, status: int, text: str
) -> None:
    person = as_role("unit")
    transport.answer(ListApplications, AppError(code))
    answer = person.get("/u/")
    assert answer.status_code == status
    assert text in answer.text
    if status == 500:
        assert answer.headers["X-Request-Id"] in answer.text


def test_what_nobody_foresaw_is_a_page_without_a_traceback(
    as_role: Callable[[str], Person], transport: Any
) -> None:
    person = as_role("unit")
    transport.answer(ListApplications, ZeroDivisionError("secret"))
    answer = person.get("/u/")
    assert answer.status_code == 500
    assert answer.headers["X-Request-Id"] in answer.text
    assert "secret" not in answer.text


def test_an_unknown_address_is_a_page_for_people_and_a_problem_for_programs(client: Any) -> None:
    assert "没有找到该页面" in client.get("/nowhere", headers=HTML).text
    assert client.get("/nowhere").json()["code"] == "NOT_FOUND"
    assert client.get("/api/v1/nowhere", headers=HTML).json()["code"] == "NOT_FOUND"


def test_a_page_may_use_our_files_and_the_storage_host_and_nothing_else(client: Any, transport: Any) -> None:
    transport.answer(ListDistricts, AppError("UPSTREAM_TIMEOUT"))
    answer = client.get("/", headers=HTML)
    policy = dict(part.strip().split(" ", 1) for part in answer.headers["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == "'self'"
    for name in ("img-src", "connect-src", "form-action"):
        assert "http://127.0.0.1:1" in policy[name].split()
    assert not re.search(r"<script(?! (type=\"module\" )?src=)|<style| style=| on\w+=", answer.text)


def test_public_pages_without_a_form_set_no_cookie(client: Any, transport: Any) -> None:
    for path in ("/support", "/help", "/help/unit", "/help/bureau", "/help/accessibility"):
        answer = client.get(path, headers=HTML)
        assert answer.status_code == 200
        assert "Set-Cookie" not in answer.headers


def test_the_first_page_needs_no_district_list(client: Any, transport: Any) -> None:
    transport.answer(ListDistricts, AppError("UPSTREAM_UNAVAILABLE"))
    answer = client.get("/", headers=HTML)
    assert (answer.status_code, "暂时无法显示" in answer.text) == (200, True)


def test_a_progress_that_is_not_found_is_said_on_the_form(person: Any, transport: Any) -> None:
    said = "没有找到。请核对申请编号和信用代码后 6 位。"
    transport.answer(FindProgress, AppError("NOT_FOUND", said))
    typed = {"csrf": person.csrf("/progress"), "application_no": "cq1", "credit_code_tail": "ａｂc123"}
    answer = person.post("/progress", typed)
    assert said in answer.text
    assert 'value="cq1"' in answer.text
    asked = [each.call for each in transport.asked]
    assert FindProgress(application_no="CQ1", credit_code_tail="ABC123") in asked


def test_assets_are_kept_for_ever_and_come_compressed(client: Any) -> None:
    page = client.get("/login", headers=HTML).text
    addresses = re.findall(r'(?:href|src)="(/static/[^"#]+)"', page)
    assert len(addresses) >= 4
    for address_, encoding in ((each, coding) for each in set(addresses) for coding in ("br", "gzip", "")):
        answer = client.get(address_, headers={"Accept-Encoding": encoding})
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert answer.headers.get("Content-Encoding", "") == encoding
        assert set(answer.headers["Vary"].split(", ")) == {"Accept-Encoding"}
    assert client.get("/static/app.css").status_code == 404
    assert client.get("/static/manifest.json").status_code == 404


def test_the_first_view_is_small(client: Any) -> None:
    page = client.get("/login", headers=HTML)
    addresses = set(re.findall(r'(?:href|src)="(/static/[^"#]+)', page.text))
    sizes = [
        int(client.get(each, headers={"Accept-Encoding": "gzip"}).headers["Content-Length"])
        for each in addresses
    ]
    assert sum(sizes) + len(page.content) < 60_000


def test_every_module_of_ours_is_small() -> None:
    sizes = {name: (ASSETS.folder / name).stat().st_size for name in ASSETS.served if name.endswith(".js")}
    assert len(sizes) > 20
    assert {name: size for name, size in sizes.items() if size > LARGEST_MODULE} == {
        name: size for name, size in sizes.items() if name.startswith("htmx.")
    }


def test_the_workbenches_show_what_waits(
    as_role: Callable[[str], Person], transport: Any, session_of: Callable[..., Session]
) -> None:
    draft = Application.model_validate(
        {
            "id": "p-1", "application_no": "SQ-500103-2026-000001", "category": "2300", "registration_reason": "NEW",
            "variety_group": None, "state": "draft", "state_name": "草稿", "version": 1, "unit_id": "u-1",
            "unit_name": "示例", "district_code": None, "authority_code": None, "created_at": NOW,
        }
    )  # fmt: skip
    transport.answer(ListApplications, Page[Application](items=[draft], total=1))
    counts = {"p-1": {"cylinders": 12, "with_photos": 4}}
    transport.answer(CountCylinders, ManyCounts.model_validate({"counts": counts}))
    person = as_role("unit")
    page = person.get("/u/").text
    assert "您有<b>8</b>只气瓶未上传附件" in page
    assert "SQ-500103-2026-000001" in page
    assert person.get("/u/todo-count").text == "1"


def test_the_bureaus_workbench_says_the_guides_sentence(
    as_role: Callable[[str], Person], transport: Any
) -> None:
    todo = Todo(step="acceptance", count=17, overdue=2, text="")
    transport.answer(GetTodos, Todos(items=[todo]))
    task = Task.model_validate(
        {
            "application_id": "p-1", "application_no": "SQ-1", "unit_name": "<b>示例</b>", "district_code": "500103",
            "step": "acceptance", "state": "submitted", "version": 1, "submitted_at": NOW,
            "deadline": "2026-12-01T18:00:00+08:00", "warned": 0, "overdue": False, "cylinders": 1248,
        }
    )  # fmt: skip
    transport.answer(ListTasks, Page[Task](items=[task], total=1))
    person = as_role("bureau")
    page = person.get("/b/").text
    assert "您有<b>17</b>条使用登记的受理任务需要处理" in page
    assert "逾期 2" in page
    assert "1,248" in page
    assert "&lt;b&gt;示例" in page
    assert person.get("/b/todo-count").text == "17"


@pytest.mark.parametrize(
    ("place", "call", "field"),
    [("basics", ChangeMyUnit, "address"), ("submit", SubmitApplication, "filled_by")],
)
def test_what_was_typed_stays_with_its_key_when_nothing_else_answers(
    as_role: Callable[[str], Person], transport: Any, place: str, call: Any, field: str
) -> None:
    person = as_role("unit")
    transport.answer(call, AppError("UPSTREAM_TIMEOUT"))
    transport.answer(GetApplication, AppError("UPSTREAM_UNAVAILABLE"))
    address = f"/u/applications/00000000-0000-4000-8000-000000000001/{place}"
    typed = {"csrf": person.csrf("/u/"), "key": "k-1", "version": "3", "declared": "1", field: "演示<丁>"}
    answer = person.post(address, typed)
    assert answer.status_code == AppError("UPSTREAM_TIMEOUT").status
    assert AppError("UPSTREAM_TIMEOUT").detail in answer.text
    for name, value in (("key", "k-1"), ("version", "3"), (field, "演示&lt;丁&gt;")):
        assert re.search(f'name="{name}"[^>]* value="{value}"', answer.text), name
    assert f'action="{address}"' in answer.text
