"""MinIO: a private instance of this stack, or an existing S3 storage by ``PINGZHENG_S3_URL``."""

import urllib.parse
from dataclasses import dataclass

import urllib3
from minio import Minio
from minio.error import S3Error

from local_stack.credentials import Secrets
from local_stack.layout import Layout
from local_stack.minio_build import minio_binary
from local_stack.ports import HOST, Ports
from local_stack.program import Program
from local_stack.servers import S3

_BUCKET = "pingzheng"
_REGION = "us-east-1"


@dataclass(frozen=True)
class ExistingStorage:
    """A storage that somebody else runs: ``https://KEY:SECRET@host:port/bucket?region=…``.

    CORS is its operator's to set: it must allow POST, PUT and GET from the gateway's origin.
    """

    url: str
    title: str = "S3"
    program_names: tuple[str, ...] = ()

    @property
    def settings(self) -> S3:
        parts = urllib.parse.urlsplit(self.url)
        endpoint = f"{parts.hostname}:{parts.port}" if parts.port else str(parts.hostname)
        return S3(
            endpoint=endpoint,
            secure=parts.scheme == "https",
            public_endpoint=f"{parts.scheme}://{endpoint}",
            access_key=urllib.parse.unquote(parts.username or ""),
            secret_key=urllib.parse.unquote(parts.password or ""),
            bucket=parts.path.strip("/") or _BUCKET,
            region=urllib.parse.parse_qs(parts.query).get("region", [_REGION])[0],
        )

    def prepare(self) -> None:
        """Nothing to prepare."""

    def programs(self) -> list[Program]:
        return []

    def check(self) -> None:
        client(self.settings).bucket_exists(self.settings.bucket)


@dataclass(frozen=True)
class PrivateMinio:
    """A server with its data below the stack's root; pages of the gateway may send files to it (CORS)."""

    layout: Layout
    ports: Ports
    secrets: Secrets
    title: str = "MinIO"
    program_names: tuple[str, ...] = ("minio",)

    @property
    def settings(self) -> S3:
        endpoint = f"{HOST}:{self.ports['minio']}"
        return S3(
            endpoint=endpoint,
            secure=False,
            public_endpoint=f"http://{endpoint}",
            access_key=self.secrets.get("minio.access_key"),
            secret_key=self.secrets.get("minio.secret_key"),
            bucket=_BUCKET,
            region=_REGION,
        )

    def prepare(self) -> None:
        for folder in ("data", "home"):
            (self.layout.minio / folder).mkdir(parents=True, exist_ok=True)

    def programs(self) -> list[Program]:
        listen = (
            "--address",
            f"{HOST}:{self.ports['minio']}",
            "--console-address",
            f"{HOST}:{self.ports['minio_console']}",
        )
        command = (str(minio_binary()), "server", "--quiet", *listen, str(self.layout.minio / "data"))
        return [
            Program(
                "minio", command, directory=self.layout.minio, environment=self._environment(), priority=10
            )
        ]

    def check(self) -> None:
        client(self.settings).bucket_exists(_BUCKET)

    def _environment(self) -> dict[str, str]:
        origins = [f"http://{host}:{self.ports['gateway_http']}" for host in (HOST, "localhost")]
        return {
            "HOME": str(self.layout.minio / "home"),
            "MINIO_ROOT_USER": self.settings.access_key,
            "MINIO_ROOT_PASSWORD": self.settings.secret_key,
            "MINIO_SITE_REGION": _REGION,
            "MINIO_API_CORS_ALLOW_ORIGIN": ",".join(origins),
            "MINIO_BROWSER": "off",
            "MINIO_UPDATE": "off",
        }


def client(storage: S3) -> Minio:
    """A client that gives up after seconds, not after the library's five minutes."""
    return Minio(
        storage.endpoint,
        access_key=storage.access_key,
        secret_key=storage.secret_key,
        secure=storage.secure,
        region=storage.region,
        http_client=urllib3.PoolManager(timeout=urllib3.Timeout(connect=2, read=10), retries=False),
    )


def ensure_bucket(storage: S3) -> None:
    """The bucket exists; it is private, as every new bucket is."""
    connection = client(storage)
    if connection.bucket_exists(storage.bucket):
        return
    try:
        connection.make_bucket(storage.bucket)
    except S3Error as error:
        if error.code != "BucketAlreadyOwnedByYou":
            raise
