"""审核附件: by mouse, by the keyboard alone, without a network for a while, and by plain forms."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from playwright.sync_api import Browser, Route, expect
from tests.browser.review_pages import Officer, officer_at_review, review_state
from tests.browser.watching import Watched
from tests.e2e import shortcuts
from tests.e2e.client import Client
from tests.e2e.journey import Journey
from tests.e2e.people import ACCOUNTS, People
from tests.fixtures.processes import resting

from local_stack import Stack

Opened = Callable[..., Watched]
PREPARED_MS = 60_000
SECOND = "demo-acceptance-second"
COPIED = """
insert into account (id, username, username_key, role, authority_code, steps, rights, password_hash)
select %(name)s, %(name)s, %(name)s, role, authority_code, steps, rights, password_hash
from account where username = %(like)s on conflict do nothing
"""
# What a browser itself says of a network that was cut on purpose.
_CUT = "net::ERR_INTERNET_DISCONNECTED"


def test_by_mouse_a_photo_is_wrong_for_a_reason(opened: Opened, people: People, system: Stack) -> None:
    officer = officer_at_review(opened(), people, system, count=8)
    page, watched = officer.page, officer.watched
    expect(page.locator(".cy")).to_have_count(6)
    for card in page.locator(".cy").all():
        expect(card).to_be_in_viewport(ratio=1)
    watched.check()
    page.get_by_role("button", name="完成").click(force=True)
    expect(page.get_by_role("alert")).to_contain_text("还有 8 只未审核")
    watched.check()
    officer.card(1).locator(".shot.on .n").click()
    reasons = page.get_by_role("dialog", name="第 1 只：选择错误原因")
    watched.check()
    watched.shot("61-review-reason")
    reasons.get_by_role("option", name="照片模糊").click()
    expect(officer.why(1)).to_contain_text("照片模糊")
    officer.card(2).locator(".shot.on .n").click()
    page.get_by_role("option", name="其他（须填写说明）").click()
    page.get_by_role("textbox", name="说明").fill("铭牌被遮挡")
    page.get_by_role("button", name="确定").click()
    expect(officer.why(2)).to_contain_text("铭牌被遮挡")
    officer.card(2).locator(".shot.on .y").click()
    expect(officer.why(2)).to_be_hidden()
    watched.shot("60-review")
    for number in (1, 2):
        officer.look()
        page.get_by_role("button", name="看其余照片").click()
        officer.look()
        page.get_by_role("button", name="保存本页").click()
        officer.saved(number)
    page.get_by_role("button", name="完成").click()
    officer.completed(right=7, wrong=1)
    watched.check()
    watched.shot("64-review-done")
    assert review_state(people, officer) == ([1, 2], 1, True)


def test_the_keyboard_alone_reviews_sixty_cylinders(opened: Opened, people: People, system: Stack) -> None:
    officer = officer_at_review(opened(), people, system, count=60)
    for number in range(1, 11):
        if number == 2:
            officer.press("4", "1")
            expect(officer.why(4)).to_contain_text("产品编号与钢印不一致")
        if number == 7:
            officer.press("3", "9")
            officer.page.keyboard.type("铭牌被遮挡")
            officer.press("Enter")
            expect(officer.why(3)).to_contain_text("其他（须填写说明）：铭牌被遮挡")
        officer.next_page()
    officer.complete()
    officer.completed(right=58, wrong=2)
    assert review_state(people, officer) == (list(range(1, 11)), 2, True)


def test_keys_take_back_undo_and_compare(opened: Opened, people: People, system: Stack) -> None:
    officer = officer_at_review(opened(), people, system, count=7)
    page, watched = officer.page, officer.watched
    officer.press("5", "7")
    expect(officer.card(5)).to_have_class("cy bad")
    officer.press("5")
    expect(officer.card(5)).to_have_class("cy")
    officer.press("Control+z")
    expect(officer.card(5)).to_have_class("cy bad")
    officer.press("Control+z", "Control+z")
    expect(officer.card(5)).to_have_class("cy")
    officer.press("2", "Escape", "Space")
    compare = page.get_by_role("dialog", name="放大对照")
    expect(compare.locator("figure")).to_have_count(2)
    watched.check()
    watched.shot("62-review-compare")
    officer.press("ArrowRight", "+", "r", "x")
    expect(compare.locator("[data-percent]")).to_have_text("125%")
    watched.check()
    officer.press("3")
    expect(compare.locator("[data-verdict]")).to_contain_text("制造年月与钢印不一致")
    officer.press("Escape")
    expect(officer.why(3)).to_contain_text("制造年月与钢印不一致")
    officer.press("?")
    watched.check()
    watched.shot("63-review-keys")
    page.get_by_label("使用快捷键").uncheck()
    officer.press("Escape")
    page.reload()
    expect(officer.why(3)).to_contain_text("制造年月与钢印不一致")
    officer.press("1")
    expect(page.locator("#reasons")).to_be_hidden()


def test_a_photo_that_was_not_looked_at_is_not_saved(opened: Opened, people: People, system: Stack) -> None:
    officer = officer_at_review(opened(), people, system, count=6)
    officer.look()
    assert officer.page.locator('.shot[data-seen][data-kind="监检证书"]').count() == 0
    officer.press("Enter", "Enter")
    officer.look()
    officer.saved(1)
    assert review_state(people, officer) == ([1], 0, False)


def test_marks_outlive_a_cut_network(opened: Opened, people: People, system: Stack) -> None:
    officer = officer_at_review(opened(), people, system, count=12)
    page, watched = officer.page, officer.watched
    page.wait_for_load_state("networkidle")
    page.context.set_offline(True)
    officer.press("2", "1")
    officer.next_page()
    expect(page.locator("[data-status]")).to_have_text("保存失败，已保留您的标记")
    expect(page.locator('[data-act="retry"]')).to_be_visible()
    watched.said[:] = [text for text in watched.said if _CUT not in text]
    officer.press("6", "7")
    officer.next_page()
    page.context.set_offline(False)
    officer.complete()
    officer.completed(right=10, wrong=2)
    watched.said[:] = [text for text in watched.said if _CUT not in text]
    watched.check()
    assert review_state(people, officer) == ([1, 2], 2, True)


@pytest.fixture(scope="module")
def second(system: Stack) -> Iterator[Client]:
    """Another officer of the same bureau for 受理: the same account but for its name."""
    with psycopg.connect(system.admin_url("identity"), autocommit=True) as database:
        database.execute(COPIED, {"name": SECOND, "like": ACCOUNTS["acceptance"]})
    with Client(system.base_url, SECOND, system.demo_password) as client:
        client.sign_in()
        yield client


def saved_by(client: Client, officer: Officer) -> str:
    """Somebody saves page 1 with its first photo as wrong; gives the address of the page."""
    address = f"/api/v1/applications/{officer.application_id}/review/pages/1"
    held = client.get(address)
    photos = [photo["id"] for cylinder in held["cylinders"] for photo in cylinder["photos"]]
    wrong = [{"photo_id": photos[0], "reason_code": "V09"}]
    client.send("PUT", address, {"version": held["version"], "shown": photos, "wrong": wrong})
    return address


def overtaken(watched: Watched, people: People, system: Stack, second: Client) -> tuple[Officer, str]:
    """An officer who marks the second cylinder and saves page 1 after ``second`` did; and the page's address."""
    officer = officer_at_review(watched, people, system, count=2)
    address = saved_by(second, officer)
    officer.press("2", "1")
    officer.next_page()
    return officer, address


def reasons_at(client: Client, address: str) -> list[str | None]:
    kept = client.get(address)["cylinders"]
    return [photo["reason_code"] for cylinder in kept for photo in cylinder["photos"]]


def test_who_comes_second_learns_who_was_faster_and_keeps_their_own(
    opened: Opened, people: People, system: Stack, second: Client
) -> None:
    officer, address = overtaken(opened(), people, system, second)
    said = re.compile(rf"第 1 页已由 {SECOND} 于 \d\d:\d\d 保存。您的标记不同：第 1、2 只。")
    expect(officer.page.get_by_role("alert")).to_contain_text(said)
    officer.watched.forget_the_status(409)
    officer.watched.check()
    officer.watched.shot("6x-review-conflict")
    officer.page.get_by_role("button", name="改为我的").click()
    officer.saved(1)
    assert reasons_at(second, address) == [None, None, "V01", None]


def test_who_comes_second_may_take_the_others_marks(
    opened: Opened, people: People, system: Stack, second: Client
) -> None:
    officer, address = overtaken(opened(), people, system, second)
    officer.page.get_by_role("button", name="采用对方").click()
    expect(officer.page.locator("[data-status]")).to_have_text("第 1 页已采用其他人员的标记")
    expect(officer.card(1)).to_have_class("cy bad")
    expect(officer.card(2)).to_have_class("cy")
    assert reasons_at(second, address) == ["V09", None, None, None]
    officer.watched.forget_the_status(409)
    officer.watched.check()
    officer.complete()
    officer.completed(right=1, wrong=1)


def test_a_photo_that_the_service_misses_brings_the_page_back(
    opened: Opened, people: People, system: Stack
) -> None:
    officer = officer_at_review(opened(), people, system, count=1)
    page = officer.page

    def less(route: Route) -> None:
        body: dict[str, Any] = route.request.post_data_json or {}
        route.continue_(post_data=json.dumps(body | {"shown": body["shown"][1:]}))

    page.route("**/review/pages/1", less, times=1)
    officer.press("1", "1")
    officer.next_page()
    expect(page.get_by_role("alert")).to_contain_text(
        "第 1 页没有保存：本页还有1张照片未显示，请等照片显示后再保存。您的标记仍保留在本机。"
    )
    officer.watched.forget_the_status(409)
    officer.watched.check()
    page.get_by_role("button", name="返回第 1 页").click()
    expect(officer.why(1)).to_contain_text("产品编号与钢印不一致")
    officer.press("Enter")  # every photo was seen already
    officer.saved(1)
    assert review_state(people, officer) == ([1], 1, False)


def test_a_review_that_is_being_prepared_opens_by_itself(
    opened: Opened, people: People, system: Stack
) -> None:
    watched = opened()
    watched.sign_in(ACCOUNTS["acceptance"], system.demo_password, "监察机构")
    expect(watched.page.get_by_role("heading", name="待办事项")).to_be_visible()
    with resting(system, "review-worker"):
        journey = shortcuts.submitted(Journey.start(people, count=1, faulty=0))
        watched.open(f"/b/applications/{journey.application_id}/review")
        expect(watched.page.get_by_role("status")).to_contain_text("审核数据正在准备")
        expect(watched.page.get_by_role("status")).to_contain_text("秒后自动刷新")
        watched.check()
        watched.shot("6x-review-preparing")
    expect(watched.page.locator(".cy")).to_have_count(1, timeout=PREPARED_MS)


def test_without_scripts_all_photos_stand_on_the_page(
    browser: Browser, people: People, system: Stack
) -> None:
    journey = shortcuts.submitted(Journey.start(people, count=2, faulty=0))
    context = browser.new_context(java_script_enabled=False, locale="zh-CN")
    watched = Watched(context.new_page(), system.base_url, frozenset())
    watched.sign_in(ACCOUNTS["acceptance"], system.demo_password, "监察机构")
    watched.open(f"/b/applications/{journey.application_id}/review")
    page = watched.page
    expect(page.locator(".shot figure img")).to_have_count(4)
    for image in page.locator(".shot figure img").all():
        expect(image).to_be_visible()
    page.locator(".n").nth(1).click()
    page.get_by_label("错误原因").nth(1).select_option("V09")
    page.get_by_role("button", name="下一页").click()
    page.get_by_role("button", name="完成").click()
    expect(page.get_by_role("heading", name="审核附件完成：正确 1，错误 1。")).to_be_visible()
    context.close()
