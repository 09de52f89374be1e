"""One application and its decisions (ui.md sections 6.3, 6.5 to 6.7)."""

from __future__ import annotations

from gateway.web.page_routes import pages

router = pages("/b")
