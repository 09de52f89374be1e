"""The one file that passes through the gateway: a PDF to be checked (design.md section 3). Blocking: run in threads."""

from __future__ import annotations

import contextlib
import tempfile
import uuid
from pathlib import Path
from typing import BinaryIO

from urllib3.exceptions import HTTPError

from chassis.storage import CHUNK, Storage
from contracts.errors import AppError

AREA = "certificate-checks"
MOST_BYTES = 20 << 20
MARK = b"%PDF-"
MARK_WITHIN = 1024
"""Readers accept some bytes before the mark, so we do."""


def stage(storage: Storage, upload: BinaryIO) -> str:
    """Puts the file into staging and returns its upload id. FILE_TOO_LARGE, FILE_TYPE, UPSTREAM_UNAVAILABLE."""
    upload_id = uuid.uuid4().hex
    with tempfile.NamedTemporaryFile(suffix=".pdf") as file:
        _copy(upload, file)
        file.flush()
        try:
            storage.put_file(storage.staging_key(AREA, upload_id), Path(file.name), "application/pdf")
        except (HTTPError, OSError) as fault:
            raise AppError("UPSTREAM_UNAVAILABLE") from fault
    return upload_id


def unstage(storage: Storage, upload_id: str) -> None:
    """Removes the file; what can not be removed now is removed by the clock of the certificate service."""
    with contextlib.suppress(HTTPError, OSError):
        storage.remove(storage.staging_key(AREA, upload_id))


def _copy(upload: BinaryIO, file: tempfile._TemporaryFileWrapper[bytes]) -> None:
    begin = upload.read(MARK_WITHIN)
    if MARK not in begin:
        raise AppError("FILE_TYPE", "只能核验PDF文件，请选择登记机关签发的PDF证书。")
    size = file.write(begin)
    while chunk := upload.read(CHUNK):
        size += file.write(chunk)
        if size > MOST_BYTES:
            raise AppError("FILE_TOO_LARGE", "文件超过20MB，请选择登记机关签发的原始PDF证书。")
