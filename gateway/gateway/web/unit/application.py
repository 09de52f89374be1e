"""One application after its submission (ui.md section 5.8)."""

from __future__ import annotations

from gateway.web.page_routes import pages

router = pages("/u")
