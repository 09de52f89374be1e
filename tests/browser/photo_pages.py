"""A unit at its cylinders and photos, in a real browser."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from dataclasses import dataclass
from io import BytesIO

from PIL import Image
from playwright.sync_api import FilePayload, Locator, Page, expect
from tests.browser.watching import Watched
from tests.e2e.journey import Journey
from tests.e2e.pictures import stamp, supervision_certificate

JPEG = "image/jpeg"
# What a browser itself says of a network that was cut on purpose.
_CUT = ("net::ERR_INTERNET_DISCONNECTED", "net::ERR_FAILED")
DROP = """([selector, name, type, content]) => {
  const bytes = Uint8Array.from(atob(content), each => each.charCodeAt(0));
  const data = new DataTransfer();
  data.items.add(new File([bytes], name, {type}));
  const place = document.querySelector(selector);
  for (const kind of ["dragover", "drop"])
    place.dispatchEvent(new DragEvent(kind, {dataTransfer: data, bubbles: true, cancelable: true}));
}"""


@dataclass
class Unit:
    """Somebody of the unit with one application."""

    watched: Watched
    journey: Journey

    @property
    def page(self) -> Page:
        return self.watched.page

    @property
    def list_address(self) -> str:
        return f"/u/applications/{self.journey.application_id}/cylinders"

    @property
    def rows(self) -> Locator:
        return self.page.locator("[data-cylinder]")

    def serial(self, at: int) -> str:
        """产品编号 of the cylinder at a place of the workbook."""
        return str(self.journey.batch.rows[at]["产品编号"])

    def row(self, at: int) -> Locator:
        return self.rows.filter(has_text=self.serial(at))

    def open_list(self, query: str = "") -> None:
        self.watched.open(self.list_address + query)

    def open_photos(self, at: int, query: str = "") -> None:
        self.watched.open(f"/u/cylinders/{self.journey.cylinders[self.serial(at)]}/photos{query}")
        # What was still on its way is known now, and the module listens.
        expect(self.page.locator("[data-queue]")).to_have_attribute("data-ready", "1")

    def tick(self, places: Iterable[int]) -> None:
        for at in places:
            self.row(at).get_by_role("checkbox").check()

    def picture(self, at: int, kind: str = "STAMP") -> FilePayload:
        """A sound photo of that cylinder."""
        serial = self.serial(at)
        content = stamp(serial) if kind == "STAMP" else supervision_certificate(serial, f"JJ-{serial}")
        return FilePayload(name=f"{serial}_{kind}.jpg", mimeType=JPEG, buffer=content)

    def choose(self, kind: str, files: FilePayload | list[FilePayload]) -> None:
        """By the button of the group, as on a desktop."""
        with self.page.expect_file_chooser() as chooser:
            self.page.locator(f"#pick-{kind}").click()
        chooser.value.set_files(files)

    def shoot(self, kind: str, file: FilePayload) -> None:
        """By the camera, as on a phone."""
        with self.page.expect_file_chooser() as chooser:
            self.page.locator(f"#shot-{kind}").click()
        chooser.value.set_files(file)

    def drop(self, selector: str, file: FilePayload) -> None:
        """As if dragged from the desktop."""
        content = base64.b64encode(file["buffer"]).decode()
        self.page.evaluate(DROP, [selector, file["name"], file["mimeType"], content])

    def ready(self, kind: str) -> Locator:
        """The photos of a group that can be used."""
        return self.page.locator(f"#{kind} .shot-tile.ready")

    def forget_the_cut(self) -> None:
        """The console may name the requests that a test cut off itself."""
        self.watched.said[:] = [said for said in self.watched.said if not any(cut in said for cut in _CUT)]

    def fits(self) -> bool:
        """Whether nothing has to be scrolled sideways."""
        fits: bool = self.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        return fits


def small_picture() -> FilePayload:
    """A picture on which no stamp could be read."""
    file = BytesIO()
    Image.new("RGB", (300, 200), "grey").save(file, "PNG")
    return FilePayload(name="小.png", mimeType="image/png", buffer=file.getvalue())


def no_picture() -> FilePayload:
    """Text that calls itself a photo."""
    return FilePayload(name="说明.jpg", mimeType=JPEG, buffer=b"not a picture at all")


def large_file() -> FilePayload:
    """A broken JPEG of 11 MB, so that nothing makes it smaller."""
    return FilePayload(name="很大.jpg", mimeType=JPEG, buffer=b"\xff\xd8\xff" + bytes(11 * 1024 * 1024))
