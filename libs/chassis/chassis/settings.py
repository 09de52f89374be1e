"""The settings of one process: read once from the environment, refused at the start when wrong or weak."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

SHORTEST_SECRET = 16
WELL_KNOWN = frozenset({"guest", "admin", "password", "postgres", "minioadmin", "changeme"})


def _is_weak(secret: str) -> bool:
    return len(secret) < SHORTEST_SECRET or secret.lower() in WELL_KNOWN


class ProcessSettings(BaseSettings):
    """What each process is told, also one without a database (the gateways)."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore")

    pingzheng_env: Literal["local", "test", "production"] = "production"
    service: str
    process: str
    amqp_url: SecretStr
    s3_endpoint: str
    s3_secure: bool = True
    public_s3_endpoint: str
    s3_access_key: SecretStr
    s3_secret_key: SecretStr
    s3_bucket: str
    s3_region: str
    private_key_file: Path
    public_keys_dir: Path
    health_port: int
    otel_exporter_otlp_endpoint: str = ""
    """The address of an OpenTelemetry collector (OTLP over HTTP); without one no spans are made."""

    def secrets(self) -> dict[str, str]:
        """The secrets by the name of their variable; a class with more of them adds its own."""
        return {
            "AMQP_URL": urlsplit(self.amqp_url.get_secret_value()).password or "",
            "S3_SECRET_KEY": self.s3_secret_key.get_secret_value(),
        }

    @model_validator(mode="after")
    def _refuse_weak_secrets(self) -> Self:
        """Outside the local set-up a short or well-known secret stops the start."""
        if self.pingzheng_env != "production":
            return self
        weak = sorted(name for name, secret in self.secrets().items() if _is_weak(secret))
        if weak:
            raise ValueError(
                f"too weak for production, at least {SHORTEST_SECRET} characters: {', '.join(weak)}"
            )
        return self


class Settings(ProcessSettings):
    """What each process of a service is told; a service with more to know derives its own class."""

    database_url: SecretStr
    heartbeat_s: int = 10

    def secrets(self) -> dict[str, str]:
        password = urlsplit(self.database_url.get_secret_value()).password or ""
        return {"DATABASE_URL": password, **super().secrets()}
