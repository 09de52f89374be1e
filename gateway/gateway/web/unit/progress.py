"""信息查询: 使用登记进度 (ui.md section 5.8)."""

from __future__ import annotations

from gateway.web.page_routes import pages

router = pages("/u")
