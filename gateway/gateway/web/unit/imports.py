"""导入气瓶信息 (ui.md section 5.3)."""

from __future__ import annotations

from gateway.web.page_routes import pages

router = pages("/u")
