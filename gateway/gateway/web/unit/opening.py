"""添加设备: a new application (ui.md section 5.2)."""

from __future__ import annotations

from gateway.web.page_routes import pages

router = pages("/u")
