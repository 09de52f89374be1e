"""单位基本信息 and 安管部门 (ui.md section 5.2)."""

from __future__ import annotations

from gateway.web.page_routes import pages

router = pages("/u")
