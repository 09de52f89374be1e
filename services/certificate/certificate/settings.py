"""The settings of the processes of the certificate service."""

from __future__ import annotations

from pathlib import Path

from chassis.settings import Settings


class CertificateSettings(Settings):
    """Beside what every process is told: where the signing keys and fonts lie, and what the public address is.

    ``base_url`` is printed into QR codes for ever: the public address, not an internal one.
    """

    certificate_keys_dir: Path
    certificate_fonts_dir: Path = Path("/usr/share/fonts/opentype/noto")
    base_url: str

    def verify_url(self, token: str) -> str:
        """What the QR code of a certificate holds, and nothing else (domain.md section 6)."""
        return f"{self.base_url.rstrip('/')}/verify/{token}"
