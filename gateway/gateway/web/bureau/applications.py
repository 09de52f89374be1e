"""Applications of the bureau by step or state (ui.md section 6.2)."""

from __future__ import annotations

from gateway.web.page_routes import pages

router = pages("/b")
