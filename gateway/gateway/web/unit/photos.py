"""Photos of one cylinder (ui.md section 5.5)."""

from __future__ import annotations

from gateway.web.page_routes import pages

router = pages("/u")
