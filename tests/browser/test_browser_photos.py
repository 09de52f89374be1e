"""ui.md sections 5.4 and 5.5: the list of cylinders, and photos of one cylinder."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect
from tests.browser.photo_pages import Unit, large_file, no_picture, small_picture
from tests.browser.watching import Watched
from tests.e2e.journey import Journey
from tests.e2e.people import ACCOUNTS, People
from tests.e2e.shortcuts import imported, submitted

Open = Callable[..., Watched]
At = Callable[..., Unit]
COUNT = 120
CHECKED_MS = 20_000  # a worker looks at each photo


@pytest.fixture(scope="module")
def draft(people: People) -> Journey:
    """A draft with 120 cylinders, the first of them 托管; each test has cylinders of its own in it."""
    journey = Journey.start(people, count=COUNT, faulty=0)
    journey.batch.rows[0]["产权性质"] = "托管"
    return imported(journey)


@pytest.fixture
def unit(opened: Open, draft: Journey) -> At:
    def make(phone: bool = False) -> Unit:
        watched = opened(phone=phone)
        watched.sign_in(ACCOUNTS["unit"], draft.stack.demo_password)
        expect(watched.page.get_by_role("heading", name="待办事项")).to_be_visible()
        return Unit(watched, draft)

    return make


def test_the_list_is_filtered_sorted_and_paged_by_its_address(unit: At) -> None:
    me = unit()
    me.open_list()
    expect(me.rows).to_have_count(50)
    expect(me.page.get_by_text(f"第 1–50 只，共 {COUNT} 只")).to_be_visible()
    expect(me.row(0)).to_contain_text("托管")
    me.watched.check()
    me.watched.shot("41-cylinders")
    me.page.get_by_role("link", name="下一页").click()
    expect(me.page.get_by_text(f"第 51–100 只，共 {COUNT} 只")).to_be_visible()
    me.page.get_by_role("link", name="200", exact=True).click()
    expect(me.rows).to_have_count(COUNT)
    me.page.get_by_role("link", name="产品编号").click()
    expect(me.page.get_by_role("columnheader", name="产品编号")).to_have_attribute("aria-sort", "ascending")
    me.page.get_by_role("searchbox").fill(me.serial(7))
    me.page.get_by_role("button", name="查询").click()
    expect(me.rows).to_have_count(1)
    assert {"sort=serial_no", "limit=200", f"q={me.serial(7)}"} <= set(
        me.page.url.partition("?")[2].split("&")
    )
    me.page.get_by_role("searchbox").fill("没有这样的编号")
    me.page.get_by_role("button", name="查询").click()
    expect(me.page.get_by_text("没有符合条件的气瓶。")).to_be_visible()
    me.watched.check()
    me.page.get_by_role("link", name="清除条件").first.click()
    expect(me.rows.first).to_be_visible()


def test_columns_are_chosen_and_remembered_and_all_of_one_cylinder_stand_beside(unit: At) -> None:
    me = unit()
    me.open_list()
    material = me.page.get_by_role("columnheader", name="瓶体材料")
    expect(material).to_be_hidden()
    me.page.get_by_text("显示列").click()
    me.page.get_by_role("checkbox", name="瓶体材料").check()
    expect(material).to_be_visible()
    me.watched.check()
    me.page.reload()
    expect(material).to_be_visible()
    me.page.get_by_text("显示列").click()
    me.page.get_by_role("button", name="恢复默认").click()
    expect(material).to_be_hidden()
    me.page.get_by_role("link", name=me.serial(3), exact=True).click()
    beside = me.page.get_by_role("dialog")
    expect(beside.locator("dt")).to_have_count(27)
    expect(beside).to_contain_text("HP295")
    me.watched.check()
    me.watched.shot("42-cylinder")


def test_what_is_ticked_is_deleted_after_one_more_question(unit: At) -> None:
    me = unit()
    me.open_list("?limit=200")
    me.tick([118, 119])
    expect(me.page.locator("[data-ticked]")).to_have_text("2")
    me.page.get_by_role("button", name="删除所选").click()
    asked = me.page.get_by_role("dialog")
    expect(asked).to_contain_text("删除 2 只气瓶及其照片？不能恢复。")
    me.watched.check()
    me.watched.shot("43-delete")
    asked.get_by_role("button", name="删除所选").click()
    expect(me.page.get_by_role("status").filter(has_text="已删除 2 只")).to_contain_text("可重新导入")
    expect(me.page.get_by_text("已导入 118 只").first).to_be_visible()
    expect(me.row(119)).to_have_count(0)


def test_more_than_a_hundred_are_deleted_only_when_the_number_is_typed(unit: At) -> None:
    me = unit()
    me.open_list()
    me.page.get_by_role("checkbox", name="选择符合条件的全部").check()
    me.page.get_by_role("button", name="删除所选").click()
    asked = me.page.get_by_role("dialog")
    button = asked.get_by_role("button", name="删除所选")
    expect(asked.get_by_label("请输入数量")).to_be_visible()
    asked.get_by_label("请输入数量").fill("100")
    expect(button).to_have_attribute("aria-disabled", "true")
    me.watched.check()
    asked.get_by_role("button", name="取消").click()
    me.watched.open(f"{me.list_address}/deletion?all=1")
    me.page.evaluate("document.querySelector('[data-number-wanted]').removeAttribute('data-number-wanted')")
    me.page.get_by_label("请输入数量").fill("7")
    me.page.evaluate("document.querySelector('[data-danger]').removeAttribute('aria-disabled')")
    me.page.get_by_role("button", name="删除所选").click()
    expect(me.page.get_by_role("alert")).to_contain_text("请输入数量")
    me.open_list()
    expect(me.rows).to_have_count(50)


def test_photos_are_chosen_and_dropped_and_the_cylinder_is_complete(unit: At) -> None:
    me = unit()
    me.open_photos(10)
    me.watched.check()
    me.watched.shot("44-photos-empty")
    me.choose("STAMP", [me.picture(10), me.picture(11)])
    expect(me.ready("STAMP")).to_have_count(2, timeout=CHECKED_MS)
    me.drop("#SUPERVISION_CERT", me.picture(10, "SUPERVISION_CERT"))
    expect(me.ready("SUPERVISION_CERT")).to_have_count(1, timeout=CHECKED_MS)
    me.watched.check()
    me.watched.shot("45-photos")
    me.page.get_by_role("link", name="钢印照片").first.click()
    expect(me.page.get_by_role("dialog").get_by_role("img")).to_be_visible()
    me.watched.check()
    me.page.keyboard.press("Escape")
    me.choose("STAMP", [me.picture(10), me.picture(10)])
    expect(me.page.get_by_text("每只气瓶最多 4 张")).to_be_visible()
    expect(me.ready("STAMP")).to_have_count(3, timeout=CHECKED_MS)
    me.open_list("?has_photos=true")
    expect(me.row(10)).to_contain_text("钢印 3")
    expect(me.row(10)).to_contain_text("监检 1")


def test_on_a_phone_the_camera_comes_first_and_the_next_cylinder_follows(unit: At) -> None:
    me = unit(phone=True)
    me.open_list("?has_photos=false")
    expect(me.rows.first.get_by_role("link", name="钢印")).to_be_visible()
    me.watched.check()
    assert me.fits()
    me.watched.shot("46-phone-list")
    me.open_photos(20)
    assert me.fits()
    expect(me.page.get_by_text("请让产品编号占满画面，避免反光")).to_be_visible()
    me.shoot("STAMP", me.picture(20))
    asked = me.page.get_by_role("dialog", name="使用这张照片？")
    expect(asked.get_by_role("img")).to_be_visible()
    me.watched.check()
    me.watched.shot("47-phone-shot")
    with me.page.expect_file_chooser() as again:
        asked.get_by_role("button", name="重拍").click()
    again.value.set_files(me.picture(20))
    asked.get_by_role("button", name="使用").click()
    expect(me.ready("STAMP")).to_have_count(1, timeout=CHECKED_MS)
    me.watched.check()
    me.watched.shot("48-phone-photos")
    me.page.get_by_role("link", name="下一只").click()
    expect(me.page.get_by_role("heading", name=me.serial(21))).to_be_visible()


def test_what_is_no_photo_is_said_at_once_and_what_is_refused_can_be_deleted(unit: At) -> None:
    me = unit()
    me.open_photos(30)
    said = me.page.locator("#photo-said")
    me.choose("STAMP", no_picture())
    expect(said).to_contain_text("不是图片文件")
    me.choose("STAMP", large_file())
    expect(said).to_contain_text("超过 10 MB")
    me.watched.check()
    me.choose("STAMP", small_picture())
    refused = me.page.locator("#STAMP .shot-tile.refused")
    expect(refused).to_contain_text("短边不足", timeout=CHECKED_MS)
    me.watched.check()
    me.watched.shot("49-photo-refused")
    refused.get_by_role("button", name="删除").click()
    asked = me.page.get_by_role("alertdialog")
    expect(asked).to_contain_text("不能恢复")
    me.watched.check()
    asked.get_by_role("button", name="删除").click()
    expect(refused).to_have_count(0)
    expect(me.page.locator("#STAMP")).to_contain_text("缺钢印")


def test_without_a_network_photos_wait_and_go_on_by_themselves(unit: At) -> None:
    me = unit()
    me.open_photos(40)
    me.page.context.set_offline(True)
    me.choose("STAMP", me.picture(40))
    bar = me.page.locator("[data-queue]")
    expect(bar).to_contain_text("1 张待上传，联网后自动继续")
    expect(me.page.locator("#STAMP [data-local]")).to_contain_text("待上传")
    me.watched.shot("50-offline")
    me.page.context.set_offline(False)
    expect(me.ready("STAMP")).to_have_count(1, timeout=CHECKED_MS)
    expect(bar).to_be_hidden()
    me.forget_the_cut()
    me.watched.check()


def test_photos_on_their_way_survive_a_reload(unit: At) -> None:
    me = unit()
    me.open_photos(41)
    storage = f"{me.journey.stack.s3.public_endpoint.rstrip('/')}/**"
    me.page.route(
        storage, lambda route: route.abort() if route.request.method == "POST" else route.continue_()
    )
    me.choose("SUPERVISION_CERT", me.picture(41, "SUPERVISION_CERT"))
    expect(me.page.locator("[data-queue]")).to_contain_text("正在上传 1 张")
    me.page.reload()
    expect(me.page.locator("#SUPERVISION_CERT [data-local]")).to_be_visible()
    me.page.unroute(storage)
    expect(me.ready("SUPERVISION_CERT")).to_have_count(1, timeout=CHECKED_MS)
    me.forget_the_cut()
    me.watched.check()


def test_one_certificate_photo_serves_all_that_are_ticked(unit: At) -> None:
    me = unit()
    me.open_list("?limit=200")
    me.tick([50, 51, 52])
    me.page.get_by_role("button", name="共用监检证书照片").click()
    asked = me.page.get_by_role("dialog")
    expect(asked).to_contain_text("用于 3 只气瓶")
    asked.locator("input[type=file]").set_input_files(no_picture())
    expect(asked).to_contain_text("不是图片文件")
    asked.locator("input[type=file]").set_input_files(me.picture(50, "SUPERVISION_CERT"))
    expect(asked.get_by_role("img")).to_be_visible()
    me.watched.check()
    me.watched.shot("51-shared-certificate")
    asked.get_by_role("button", name="上传并用于 3 只").click()
    expect(me.row(50)).to_contain_text("监检 1", timeout=CHECKED_MS)
    me.open_photos(52)
    expect(me.ready("SUPERVISION_CERT")).to_contain_text("共用", timeout=CHECKED_MS)


def test_documents_are_asked_for_and_uploaded(unit: At) -> None:
    me = unit()
    me.watched.open(f"/u/applications/{me.journey.application_id}/documents")
    card = me.page.get_by_role("region", name="托管协议")
    expect(card).to_contain_text("需要上传")
    me.watched.check()
    card.locator("input[type=file]").set_input_files(
        no_picture() | {"name": "协议.txt", "mimeType": "text/plain"}
    )
    expect(card).to_contain_text("不是 PDF、JPG 或 PNG 文件")
    card.locator("input[type=file]").set_input_files(me.picture(0))
    expect(card).to_contain_text("已上传", timeout=CHECKED_MS)
    me.watched.check()
    me.watched.shot("52-documents")


def test_after_the_submission_unit_and_officers_only_look(opened: Open, people: People) -> None:
    journey = submitted(Journey.start(people, count=2, faulty=0))
    mine = Unit(opened(), journey)
    mine.watched.sign_in(ACCOUNTS["unit"], journey.stack.demo_password)
    expect(mine.page.get_by_role("heading", name="待办事项")).to_be_visible()
    mine.open_list()
    expect(mine.rows).to_have_count(2)
    expect(mine.page.get_by_role("button", name="删除所选")).to_have_count(0)
    mine.watched.check()
    mine.page.get_by_role("link", name="查看照片").first.click()
    expect(mine.page.get_by_text("照片只能查看")).to_be_visible()
    expect(mine.ready("STAMP")).to_have_count(1)
    mine.watched.check()
    officer = opened()
    officer.open(f"/b/applications/{journey.application_id}/cylinders")
    officer.page.get_by_label("账号").fill(ACCOUNTS["acceptance"])
    officer.page.get_by_label("密码", exact=True).fill(journey.stack.demo_password)
    officer.page.get_by_role("button", name="登录", exact=True).click()
    expect(officer.page.locator("[data-cylinder]")).to_have_count(2)
    officer.check()
    officer.page.get_by_role("link", name="查看", exact=False).first.click()
    expect(officer.page.get_by_role("img", name="钢印照片").first).to_be_visible()
    officer.check()
