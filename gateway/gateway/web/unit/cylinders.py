"""The cylinders of an application (ui.md section 5.4)."""

from __future__ import annotations

from gateway.web.page_routes import pages

router = pages("/u")
