"""检查 and 提交使用登记表 (ui.md section 5.7)."""

from __future__ import annotations

from gateway.web.page_routes import pages

router = pages("/u")
