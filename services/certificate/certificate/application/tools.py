"""What the use cases need from outside, put together once in each process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from certificate.settings import CertificateSettings
from chassis.database import Database
from chassis.storage import Storage
from contracts.moments import SHANGHAI


def today_in_shanghai() -> date:
    """The day that is printed on certificates."""
    return datetime.now(SHANGHAI).date()


@dataclass(frozen=True)
class Tools:
    """Database, storage, settings and the clock of one process."""

    database: Database
    storage: Storage
    settings: CertificateSettings
    today: Callable[[], date] = today_in_shanghai
