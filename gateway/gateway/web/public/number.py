"""证书核验 by a typed number (ui.md section 4.6)."""

from __future__ import annotations

from gateway.web.page_routes import pages

router = pages()
