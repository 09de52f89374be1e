"""The environment of a process: every setting that it reads comes from here."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from local_stack.databases import Database, url_of
from local_stack.layout import Layout
from local_stack.ports import HOST
from local_stack.servers import S3

# Two cores are shared by all: a library that starts a thread for each core in each process only adds waiting.
_THREADS = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "POLARS_MAX_THREADS": "1",
    "RAYON_NUM_THREADS": "1",
}
_MORE_THREADS: Mapping[str, Mapping[str, str]] = {
    "importer": {"OMP_NUM_THREADS": "2", "POLARS_MAX_THREADS": "2", "RAYON_NUM_THREADS": "2"},
    "certificate": {"RAYON_NUM_THREADS": "2"},
}
# Batches of rows come and go: what they held goes back to the system instead of waiting in three allocators.
_MEMORY: Mapping[str, Mapping[str, str]] = {
    "importer": {
        "MALLOC_MMAP_THRESHOLD_": "1048576",
        "MALLOC_TRIM_THRESHOLD_": "1048576",
        "ARROW_DEFAULT_MEMORY_POOL": "system",
        "_RJEM_MALLOC_CONF": "dirty_decay_ms:0,muzzy_decay_ms:0",
    },
}
_PYTHON = {
    "PYTHONUNBUFFERED": "1",
    "PYTHONUTF8": "1",
    "PYTHONFAULTHANDLER": "1",
    # The working directory is no place to import from.
    "PYTHONSAFEPATH": "1",
    # glibc gives each thread an arena of its own: with many small processes that is only memory lost.
    "MALLOC_ARENA_MAX": "2",
}
# Where an operator wants to see spans; read by the OpenTelemetry libraries.
_TRACES = (
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "OTEL_EXPORTER_OTLP_HEADERS",
    "OTEL_TRACES_SAMPLER",
    "OTEL_TRACES_SAMPLER_ARG",
)
# Set by coverage in the test run that starts the processes, so that their lines count too.
_PASSED_ON = (
    "COVERAGE_PROCESS_CONFIG",
    "COVERAGE_PROCESS_START",
    *_TRACES,
)


@dataclass(frozen=True)
class Reach:
    """What a process of one service talks to. ``database`` is missing for the gateway."""

    layout: Layout
    env: str
    amqp_url: str
    s3: S3
    admin_url: str
    database: Database | None = None
    extra: Mapping[str, str] = field(default_factory=dict)

    def environment(self, service: str, process: str, health_port: int) -> dict[str, str]:
        """All variables of ``process``; the owner's URL is only in ``migration_environment``."""
        return {
            **_PYTHON,
            **_THREADS,
            **_MORE_THREADS.get(service, {}),
            **_MEMORY.get(service, {}),
            **{name: os.environ[name] for name in _PASSED_ON if name in os.environ},
            "PINGZHENG_ENV": self.env,
            "SERVICE": service,
            "PROCESS": process,
            "AMQP_URL": self.amqp_url,
            **storage_environment(self.s3),
            "PRIVATE_KEY_FILE": str(self.layout.keys / "private" / f"{service}.pem"),
            "PUBLIC_KEYS_DIR": str(self.layout.public_keys),
            "HEALTH_PORT": str(health_port),
            **self._database_environment(),
            **self.extra,
        }

    def migration_environment(self, service: str) -> dict[str, str]:
        """The environment of ``chassis.migrate`` and of seeds: with the owner's URL too."""
        if self.database is None:
            raise LookupError(f"{service} has no database")
        owner = url_of(self.admin_url, self.database.owner, self.database.owner_password, self.database.name)
        return {**self.environment(service, f"migrate-{service}", 0), "OWNER_DATABASE_URL": owner}

    def _database_environment(self) -> dict[str, str]:
        if self.database is None:
            return {}
        known = self.database
        return {"DATABASE_URL": url_of(self.admin_url, known.runtime, known.runtime_password, known.name)}


def storage_environment(s3: S3) -> dict[str, str]:
    return {
        "S3_ENDPOINT": s3.endpoint,
        "S3_SECURE": "true" if s3.secure else "false",
        "PUBLIC_S3_ENDPOINT": s3.public_endpoint,
        "S3_ACCESS_KEY": s3.access_key,
        "S3_SECRET_KEY": s3.secret_key,
        "S3_BUCKET": s3.bucket,
        "S3_REGION": s3.region,
    }


# Whom a person of the demo is told to ask: nobody real.
SUPPORT = {
    "SUPPORT_QQ": "0000000000（演示）",
    "SUPPORT_PHONE": "023-0000 0000（演示）",
    "SUPPORT_ACCOUNT": "瓶证演示（虚构）",
}


def extra_environment(
    service: str, process: str, signing: Path, http_port: int, grpc_port: int
) -> dict[str, str]:
    """What only some processes read."""
    base_url = {"BASE_URL": f"http://{HOST}:{http_port}"}
    by_service = {
        "certificate": {**base_url, "CERTIFICATE_KEYS_DIR": str(signing)},
        "gateway": base_url,
    }
    by_process = {
        "gateway-http": {"HTTP_PORT": str(http_port), **SUPPORT},
        "gateway-grpc": {"GRPC_PORT": str(grpc_port)},
    }
    return {**by_service.get(service, {}), **by_process.get(process, {})}
