"""Documents of an application, needed by W22 and W27."""

from __future__ import annotations

from gateway.web.page_routes import pages

router = pages("/u")
