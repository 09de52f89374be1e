"""证书生成 (ui.md section 6.8)."""

from __future__ import annotations

from gateway.web.page_routes import pages

router = pages("/b")
