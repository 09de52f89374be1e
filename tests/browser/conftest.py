"""Debian's Chromium, driven by Playwright, on the system of the end-to-end tests."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ViewportSize, sync_playwright
from tests.browser.watching import Watched

from local_stack import Stack
from local_stack.debian import apt_install, can_use_apt
from local_stack.layout import REPOSITORY

AXE = REPOSITORY / "gateway" / "web" / "node_modules" / "axe-core" / "axe.min.js"
# The browser's own words (a chooser of files, what a field wants) as our users see them.
CHINESE = Path("/usr/lib/chromium/locales/zh-CN.pak")
SCREEN, PHONE = ViewportSize(width=1366, height=768), ViewportSize(width=390, height=844)
Opened = Callable[..., Watched]


@pytest.fixture(scope="session")
def chromium() -> Path:
    """The program with its Chinese texts; installed when one is missing and that is possible."""
    if not (shutil.which("chromium") and CHINESE.exists()) and can_use_apt():
        apt_install(["chromium", "chromium-l10n"])
    found = shutil.which("chromium")
    assert found, "Chromium is missing: install it (Debian package chromium)"
    return Path(found)


@pytest.fixture(scope="module")
def browser(chromium: Path) -> Iterator[Browser]:
    """One browser for the tests of a module; each test has a profile of its own.

    While Playwright runs, an event loop runs in this thread, and no other test could have one.
    """
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=chromium,
            args=["--no-sandbox", "--disable-dev-shm-usage", "--lang=zh-CN"],
            env={**os.environ, "LANGUAGE": "zh_CN"},
        )
        yield started
        started.close()


@pytest.fixture
def opened(browser: Browser, system: Stack) -> Iterator[Opened]:
    """``opened(phone=True)``: a new profile with one page, watched.

    ``at`` is another gateway than the system's; ``address`` is where the visitor comes from, as a proxy would say it.
    """
    contexts: list[BrowserContext] = []

    def make(phone: bool = False, at: str = system.base_url, address: str = "") -> Watched:
        context = browser.new_context(
            viewport=PHONE if phone else SCREEN,
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            has_touch=phone,
            extra_http_headers={"X-Forwarded-For": address} if address else {},
        )
        context.set_default_timeout(15_000)
        context.add_init_script(path=AXE)
        contexts.append(context)
        return Watched(context.new_page(), at, frozenset({at, storage_origin(system)}))

    yield make
    for context in contexts:
        context.close()


@pytest.fixture
def somewhere() -> str:
    """A visitor's address that no other test has (of the range for documentation)."""
    return f"2001:db8::{secrets.token_hex(2)}:{secrets.token_hex(2)}"


def storage_origin(system: Stack) -> str:
    """Where browsers send files."""
    return system.s3.public_endpoint.rstrip("/")
