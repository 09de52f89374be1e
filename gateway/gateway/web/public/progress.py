"""使用登记进度 without sign-in (ui.md section 4.1)."""

from __future__ import annotations

from gateway.web.page_routes import pages

router = pages()
