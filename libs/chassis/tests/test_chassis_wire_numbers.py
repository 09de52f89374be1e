"""Numbers in headers arrive as sent: the gateway's client packs floats into 32 bits, and an epoch loses a minute."""

from __future__ import annotations

import time
from typing import Any

from pamqp import decode, encode

from chassis.async_rpc import _headers
from chassis.handlers import Headers


def test_the_deadline_arrives_to_the_millisecond() -> None:
    until = time.time() + 5
    arrived: Any
    _, arrived = decode.by_type(encode.field_table(_headers("t", None, until)), "table")
    read = Headers.read({name.removeprefix("nameko."): value for name, value in arrived.items()})
    assert abs(read.deadline_ms - until * 1000) <= 1
