"""审核附件 (ui.md section 6.4)."""

from __future__ import annotations

from gateway.web.page_routes import pages

router = pages("/b")
