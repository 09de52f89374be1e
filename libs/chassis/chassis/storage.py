"""Object storage: presigned uploads into a staging prefix, checked objects under final keys, presigned downloads."""

from __future__ import annotations

import hashlib
import io
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote, urlsplit

import urllib3
from minio import Minio
from minio.commonconfig import CopySource
from minio.datatypes import PostPolicy
from minio.error import S3Error

from chassis import context
from chassis.settings import ProcessSettings

TICKET_S = 3600
LINK_S = 300
CHUNK = 1 << 20


@dataclass(frozen=True)
class Ticket:
    """A permission to post one file: send ``fields`` first, then the part ``file``, to ``url``."""

    upload_id: str
    url: str
    fields: dict[str, str]


@dataclass(frozen=True)
class Stored:
    """A stored object: its key, its size in bytes and the SHA-256 of its content."""

    key: str
    size: int
    sha256: str


class NotStoredError(Exception):
    """There is no object under that key."""


class Storage:
    """The bucket of the installation. Every method is refused while a database transaction is open."""

    def __init__(self, settings: ProcessSettings) -> None:
        pool = urllib3.PoolManager(
            timeout=urllib3.Timeout(connect=3, read=20), retries=urllib3.Retry(2), maxsize=10
        )
        public = urlsplit(settings.public_s3_endpoint)
        self._bucket = settings.s3_bucket
        self._public_url = settings.public_s3_endpoint.rstrip("/")
        self._client = _client(settings, settings.s3_endpoint, settings.s3_secure, pool)
        self._public = _client(settings, public.netloc, public.scheme == "https", None)

    def ticket(
        self, area: str, content_type_prefix: str, max_bytes: int, upload_id: str | None = None
    ) -> Ticket:
        """A presigned POST into the staging prefix of one area, for at most ``max_bytes`` bytes.

        With an ``upload_id`` it is another permission for the same upload.
        """
        upload_id = upload_id or uuid.uuid4().hex
        policy = PostPolicy(self._bucket, datetime.now(UTC) + timedelta(seconds=TICKET_S))
        key = self.staging_key(area, upload_id)
        policy.add_equals_condition("key", key)
        policy.add_starts_with_condition("Content-Type", content_type_prefix)
        policy.add_content_length_range_condition(1, max_bytes)
        fields = {str(name): str(value) for name, value in self._public.presigned_post_policy(policy).items()}
        return Ticket(upload_id, f"{self._public_url}/{self._bucket}", {"key": key, **fields})

    @staticmethod
    def staging_key(area: str, upload_id: str) -> str:
        """Where the posted file of a ticket lies until it is confirmed."""
        return f"staging/{area}/{upload_id}"

    def link(self, key: str, file_name: str | None = None) -> str:
        """A presigned address that a browser may read for five minutes; with a name it is saved, not shown."""
        headers: dict[str, str | list[str] | tuple[str]] | None = None
        if file_name:
            headers = {
                "response-content-disposition": f"attachment; filename*=UTF-8''{quote(file_name, safe='')}"
            }
        expires = timedelta(seconds=LINK_S)
        return str(self._public.presigned_get_object(self._bucket, key, expires, response_headers=headers))

    def put(self, key: str, content: bytes, content_type: str) -> Stored:
        """Stores bytes; the same key again replaces the object."""
        context.leave_process("storage.put")
        digest = hashlib.sha256(content).hexdigest()
        self._client.put_object(self._bucket, key, io.BytesIO(content), len(content), content_type)
        return Stored(key, len(content), digest)

    def put_file(self, key: str, path: Path, content_type: str) -> Stored:
        """Stores a file of any size without holding it in memory."""
        context.leave_process("storage.put_file")
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        self._client.fput_object(self._bucket, key, str(path), content_type)
        return Stored(key, path.stat().st_size, digest)

    def get(self, key: str) -> bytes:
        """The bytes of an object. Raises NotStoredError."""
        with self._reading(key) as body:
            return body.read()

    def get_file(self, key: str, path: Path) -> str:
        """Writes an object to a file and returns the SHA-256 of its content. Raises NotStoredError."""
        digest = hashlib.sha256()
        with self._reading(key) as body, path.open("wb") as file:
            while chunk := body.read(CHUNK):
                digest.update(chunk)
                file.write(chunk)
        return digest.hexdigest()

    def size(self, key: str) -> int:
        """The size of an object in bytes. Raises NotStoredError."""
        context.leave_process("storage.size")
        with _translated(key):
            return int(self._client.stat_object(self._bucket, key).size or 0)

    def move(self, key: str, to: str) -> None:
        """Copies an object to its final key and removes the staged one. Raises NotStoredError when neither is there.

        A repeat finds the object at its final key already.
        """
        context.leave_process("storage.move")
        try:
            with _translated(key):
                self._client.copy_object(self._bucket, to, CopySource(self._bucket, key))
        except NotStoredError:
            self.size(to)
        self.remove(key)

    def remove(self, key: str) -> None:
        """Removes an object; one that is gone already is no fault."""
        context.leave_process("storage.remove")
        self._client.remove_object(self._bucket, key)

    @contextmanager
    def _reading(self, key: str) -> Iterator[BinaryIO]:
        context.leave_process("storage.get")
        with _translated(key):
            response = self._client.get_object(self._bucket, key)
        try:
            yield response  # type: ignore[misc]  # urllib3's response reads like a binary file
        finally:
            response.close()
            response.release_conn()


def _client(
    settings: ProcessSettings, endpoint: str, secure: bool, pool: urllib3.PoolManager | None
) -> Minio:
    """With the region given, signing an address calls nobody."""
    return Minio(
        endpoint,
        access_key=settings.s3_access_key.get_secret_value(),
        secret_key=settings.s3_secret_key.get_secret_value(),
        secure=secure,
        region=settings.s3_region,
        http_client=pool,
    )


@contextmanager
def _translated(key: str) -> Iterator[None]:
    try:
        yield
    except S3Error as fault:
        if fault.code in {"NoSuchKey", "NoSuchObject"}:
            raise NotStoredError(key) from fault
        raise
