"""The user guide (ui.md section 8)."""

from __future__ import annotations

from gateway.web.page_routes import pages

router = pages()
