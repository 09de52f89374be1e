"""What calls say about files. The bytes never travel with a call: they go by presigned addresses."""

from __future__ import annotations

from contracts.call import Message


class UploadTicket(Message):
    """A permission to upload one file: post ``fields`` first, then the part ``file``, to ``url``."""

    upload_id: str
    url: str
    fields: dict[str, str]


class Link(Message):
    """An address that may be read for five minutes."""

    url: str
