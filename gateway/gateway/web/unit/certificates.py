"""Certificates of a unit (ui.md section 5.9)."""

from __future__ import annotations

from gateway.web.page_routes import pages

router = pages("/u")
