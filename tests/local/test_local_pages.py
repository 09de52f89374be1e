"""What the pages are built from, and that a change of it is noticed."""

from __future__ import annotations

import importlib.util
import json
import re
from types import ModuleType

import pytest

from local_stack.layout import REPOSITORY

WEB = REPOSITORY / "gateway" / "web"


@pytest.fixture(scope="module")
def bootstrap() -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "bootstrap", REPOSITORY / "deploy" / "local" / "bootstrap.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_lock_names_no_address_and_every_package_has_its_hash() -> None:
    text = (WEB / "package-lock.json").read_text(encoding="utf-8")
    assert "://" not in text
    packages = json.loads(text)["packages"]
    assert [name for name, package in packages.items() if name and "integrity" not in package] == []


def test_every_package_is_pinned_exactly() -> None:
    package = json.loads((WEB / "package.json").read_text(encoding="utf-8"))
    versions = {**package["dependencies"], **package["devDependencies"]}
    assert [each for each in versions.values() if not re.fullmatch(r"\d+\.\d+\.\d+", each)] == []


def test_styles_modules_templates_and_code_decide_whether_the_pages_are_built_again(
    bootstrap: ModuleType,
) -> None:
    sources = {str(path.relative_to(REPOSITORY)) for path in bootstrap._page_sources()}
    for wanted in (
        "gateway/web/build.mjs",
        "gateway/web/package-lock.json",
        "gateway/web/icons.txt",
        "gateway/web/css/app/10-tokens.css",
        "gateway/web/js/lib/dialog.js",
        "gateway/gateway/templates/macros/ui.html",
        "gateway/gateway/web/unit/home.py",
    ):
        assert wanted in sources
    assert not any("node_modules" in path or "/dist/" in path for path in sources)


def test_without_npm_one_line_says_what_is_missing(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bootstrap.shutil, "which", lambda _: None)
    assert bootstrap._build_pages({"npm": "new", "pages": "new"}, {}) is False
    assert capsys.readouterr().out.count("\n") == 1
