"""Certificates of the bureau (ui.md section 6.9)."""

from __future__ import annotations

from gateway.web.page_routes import pages

router = pages("/b")
