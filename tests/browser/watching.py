"""A page of the product in a real browser, watched: its console, the hosts that it asks, and its accessibility."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import ConsoleMessage, Page, Request
from tests.browser.shots import write_picture

# Where `make screenshots` wants the screens; empty in every other run.
SHOTS = os.environ.get("PINGZHENG_SHOTS", "")
AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
_RUN_AXE = "tags => axe.run(document, {runOnly: {type: 'tag', values: tags}})"
# A colour on its way to another is neither: axe would measure what nobody sees for more than a moment.
_SETTLED = """() => Promise.allSettled(
  document.getAnimations().filter(each => each instanceof CSSTransition).map(each => each.finished))"""
# A picture that is named but not there yet would stand as a hole in the manual.
_PICTURES = """() => Promise.race([
  new Promise(done => setTimeout(done, 5000)),
  Promise.allSettled([...document.images].filter(each => each.checkVisibility()).map(each => each.decode()))])"""
_MISSING_ICONS = """async () => {
  const hrefs = [...document.querySelectorAll("use")].map(use => use.getAttribute("href"));
  if (!hrefs.length) return [];
  const sprite = await (await fetch(hrefs[0].split("#")[0])).text();
  return [...new Set(hrefs.map(href => href.split("#")[1]))].filter(name => !sprite.includes(`id="${name}"`));
}"""


@dataclass
class Watched:
    """``origins`` are the only hosts that a page may ask: the gateway's and the storage's."""

    page: Page
    base_url: str
    origins: frozenset[str]
    said: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda fault: self.said.append(str(fault)))
        self.page.on("request", self._see)

    def open(self, path: str) -> None:
        """Goes to an address of the product."""
        self.page.goto(f"{self.base_url}{path}")

    def sign_in(self, username: str, password: str, tab: str = "使用单位") -> None:
        """By the form, as a person does."""
        self.open("/login")
        self.page.get_by_role("link", name=tab).click()
        self.page.get_by_label("账号").fill(username)
        self.page.get_by_label("密码", exact=True).fill(password)
        self.page.get_by_role("button", name="登录", exact=True).click()

    def violations(self) -> list[str]:
        """What axe finds on the page as it is now: rule, and the elements."""
        self.page.evaluate(_SETTLED)
        result: dict[str, Any] = self.page.evaluate(_RUN_AXE, AXE_TAGS)
        return [
            f"{each['id']}: {[node['target'] for node in each['nodes']]}" for each in result["violations"]
        ]

    def missing_icons(self) -> list[str]:
        """Icons that the page names and the sprite does not hold."""
        missing: list[str] = self.page.evaluate(_MISSING_ICONS)
        return missing

    def shot(self, name: str) -> None:
        """The screen as it is now, for docs/user/img: only when `make screenshots` asks for it."""
        if SHOTS:
            self.page.evaluate("document.fonts.ready")
            self.page.evaluate(_PICTURES)
            write_picture(Path(SHOTS) / f"{name}.png", self.page.screenshot(animations="disabled"))

    def first_view_bytes(self, path: str) -> int:
        """What a browser that was never here loads from the gateway for a page, as it comes over the wire."""
        own = self.page.context.new_cdp_session(self.page)
        own.send("Network.enable")
        own.send("Network.setCacheDisabled", {"cacheDisabled": True})
        hosts: dict[str, str] = {}
        sizes: dict[str, float] = {}
        own.on(
            "Network.responseReceived",
            lambda event: hosts.update({event["requestId"]: event["response"]["url"]}),
        )
        own.on(
            "Network.loadingFinished",
            lambda event: sizes.update({event["requestId"]: event["encodedDataLength"]}),
        )
        self.page.goto(f"{self.base_url}{path}", wait_until="networkidle")
        own.detach()
        return round(
            sum(size for each, size in sizes.items() if hosts.get(each, "").startswith(self.base_url))
        )

    def check(self) -> None:
        """No violation, no error in the console, no stranger asked, no icon missing."""
        found = {
            "icons missing in the sprite": self.missing_icons(),
            "axe": self.violations(),
            "console": self.said,
            "other hosts": self.strangers,
        }
        faults = {name: what for name, what in found.items() if what}
        assert not faults, faults

    def forget_the_status(self, status: int) -> None:
        """The browser itself names an answer that the test provoked; it must be there."""
        others = [said for said in self.said if f"status of {status}" not in said]
        assert len(others) < len(self.said), self.said
        self.said[:] = others

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.said.append(f"{message.text} ({message.location.get('url', '')})")

    def _see(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in {"http", "https"} and f"{parts.scheme}://{parts.netloc}" not in self.origins:
            self.strangers.append(request.url)
