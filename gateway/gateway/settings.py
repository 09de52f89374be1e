"""What the two gateway processes are told beside the settings of every process."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from pydantic import Field, model_validator

from chassis.settings import ProcessSettings


class HttpSettings(ProcessSettings):
    """``python -m gateway``: ``base_url`` is the address that people see, without a slash at its end.

    ``site_name`` stands in the bar; the ``support_…`` settings fill the panel 在线技术支持, empty ones are not shown.
    Pages sign out whoever did nothing for ``idle_minutes_…`` (domain.md section 16), and ask two minutes before.
    """

    http_port: int = Field(ge=0, le=65535)
    base_url: str
    site_name: str = "气瓶使用登记在线办理"
    support_qq: str = ""
    support_phone: str = ""
    support_hours: str = "周一至周五 9:00–17:30"
    support_account: str = ""
    idle_minutes_staff: int = Field(default=15, ge=3)
    idle_minutes_unit: int = Field(default=30, ge=3)


class GrpcSettings(ProcessSettings):
    """``python -m gateway.grpc_server``: in production TLS with client certificates, else plaintext on loopback."""

    grpc_port: int = Field(ge=0, le=65535)
    grpc_host: str = "127.0.0.1"
    grpc_certificate_file: Path | None = None
    grpc_key_file: Path | None = None
    grpc_client_authority_file: Path | None = None

    @property
    def tls(self) -> tuple[Path, Path, Path] | None:
        """Certificate, key, and the authority that signs the clients' certificates; None for plaintext."""
        certificate, key, authority = (
            self.grpc_certificate_file,
            self.grpc_key_file,
            self.grpc_client_authority_file,
        )
        return (certificate, key, authority) if certificate and key and authority else None

    @model_validator(mode="after")
    def _refuse_plaintext_in_production(self) -> Self:
        if self.pingzheng_env == "production" and self.tls is None:
            raise ValueError(
                "production needs grpc_certificate_file, grpc_key_file, grpc_client_authority_file"
            )
        return self
