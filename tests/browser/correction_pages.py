"""A unit that corrects the cylinders of its draft, in a real browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Browser, Locator, Page, expect
from tests.browser.import_pages import Importing, written
from tests.browser.watching import Watched
from tests.e2e.client import Json
from tests.e2e.journey import Journey
from tests.e2e.people import ACCOUNTS
from tests.e2e.workbook import Row


@dataclass
class Correcting(Importing):
    """Somebody of the unit with one draft that has cylinders."""

    @property
    def list_address(self) -> str:
        return f"/u/applications/{self.journey.application_id}/cylinders"

    @property
    def shown_dialog(self) -> Locator:
        return self.page.locator("dialog[open]")

    def serial(self, at: int) -> str:
        """产品编号 of the cylinder at a place of the workbook."""
        return str(self.journey.batch.rows[at]["产品编号"])

    def id_of(self, at: int) -> str:
        return self.journey.cylinders[self.serial(at)]

    def row(self, at: int) -> Locator:
        return self.page.locator(f'[data-cylinder="{self.id_of(at)}"]')

    def stored(self, at: int) -> dict[str, Any]:
        """The cells of that cylinder as the service has them."""
        found: Json = self.journey.unit.get(f"/api/v1/cylinders/{self.id_of(at)}")
        values: dict[str, Any] = found["cylinder"]["values"]
        return values

    def bring_rows(self, rows: list[Row]) -> None:
        """A bare workbook of these rows, by the page of the import."""
        self.bring(written(rows, list(self.journey.batch.rows[0])))


def signed_in(watched: Watched, journey: Journey) -> Correcting:
    """The unit's clerk at the workbench."""
    watched.sign_in(ACCOUNTS["unit"], journey.stack.demo_password)
    expect(watched.page.get_by_role("heading", name="待办事项")).to_be_visible()
    return Correcting(watched, journey)


def without_javascript(browser: Browser) -> Iterator[Callable[[Journey, str], Page]]:
    """``open(journey, path)``: the unit's page in a browser whose JavaScript is switched off."""
    context = browser.new_context(java_script_enabled=False, locale="zh-CN", timezone_id="Asia/Shanghai")
    context.set_default_timeout(15_000)
    page = context.new_page()

    def open_page(journey: Journey, path: str) -> Page:
        base = journey.stack.base_url
        page.goto(f"{base}/login?next={path}")
        page.get_by_label("账号").fill(ACCOUNTS["unit"])
        page.get_by_label("密码", exact=True).fill(journey.stack.demo_password)
        page.get_by_role("button", name="登录", exact=True).click()
        page.goto(f"{base}{path}")
        return page

    yield open_page
    context.close()
