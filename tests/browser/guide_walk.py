"""The people of the user guide at their browsers: one application from the sign-in to the certificate."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import FilePayload, Page, expect
from tests.browser.watching import Watched
from tests.e2e.people import ACCOUNTS
from tests.e2e.pictures import stamp, supervision_certificate
from tests.e2e.workbook import Batch, correct, fill_in, new_batch

from local_stack import Stack

CYLINDERS, FAULTY = 8, 2
JPEG = "image/jpeg"


@dataclass
class Way:
    """What one step leaves for the next; ``windows`` by account, each a browser of its own."""

    system: Stack
    new_window: Callable[[], Watched]
    folder: Path
    batch: Batch = field(default_factory=lambda: new_batch(CYLINDERS, FAULTY))
    application: str = ""
    application_no: str = ""
    template: bytes = field(default=b"", repr=False)
    windows: dict[str, Watched] = field(default_factory=dict)

    def of(self, name: str) -> Watched:
        """The window of an account, signed in when it is first needed."""
        if name not in self.windows:
            window = self.new_window()
            window.sign_in(
                ACCOUNTS[name], self.system.demo_password, "使用单位" if name == "unit" else "监察机构"
            )
            expect(window.page.get_by_role("heading", name="待办事项")).to_be_visible()
            self.windows[name] = window
        return self.windows[name]

    @property
    def unit(self) -> Watched:
        return self.of("unit")

    @property
    def officer(self) -> str:
        """The address of the application for officers."""
        return f"/b/applications/{self.application}"

    def workbook(self, name: str, content: bytes) -> Path:
        """A file as it lies on the clerk's desk."""
        path = self.folder / name
        path.write_bytes(content)
        return path

    def filled_in(self) -> Path:
        """The template with the cylinders, two rows of them wrong."""
        return self.workbook("气瓶信息.xlsx", fill_in(self.template, self.batch.typed()))

    def corrected(self, errors: bytes) -> Path:
        """错误数据 with the right values in place."""
        return self.workbook("错误数据-已改.xlsx", correct(errors, self.batch)[0])

    def picture(self, serial_no: str, kind: str) -> FilePayload:
        """A photo with this number on it."""
        drawn = (
            stamp(serial_no)
            if kind == "STAMP"
            else supervision_certificate(serial_no, f"JJ-{self.batch.run}")
        )
        return FilePayload(name=f"{serial_no}_{kind}.jpg", mimeType=JPEG, buffer=drawn)

    def import_file(self, file: Path) -> None:
        """导入 by the dialog of the page."""
        page = self.unit.page
        page.get_by_role("button", name="导入", exact=True).click()
        if page.locator("select[name=district_code]").count():
            page.get_by_label("区县").select_option("500103")
        page.locator("#workbook").set_input_files(file)
        page.get_by_role("button", name="确认导入").click()
        expect(page.locator("#outcome")).to_be_visible()

    def open_task(self, name: str, step: str) -> Page:
        """待办事项 → 详情."""
        window = self.of(name)
        window.open(f"/b/?step={step}")
        window.page.get_by_role("link", name=f"详情 {self.application_no}").click()
        expect(window.page).to_have_url(f"{self.system.base_url}{self.officer}")
        return window.page
