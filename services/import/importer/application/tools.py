"""What the use cases need from outside, put together once in each process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from chassis.database import Database
from chassis.storage import Storage
from contracts.call import SyncTransport
from importer.adapters.workbook_file import ReaderLimits
from importer.domain.references import References, references_on
from importer.seeds import seeds_on

CHONGQING = ZoneInfo("Asia/Shanghai")


def today_in_chongqing() -> date:
    """The day that the rules mean."""
    return datetime.now(CHONGQING).date()


@dataclass(frozen=True)
class Tools:
    """Database, storage, the way to other services, limits and the clock of one process."""

    database: Database
    storage: Storage
    rpc: SyncTransport
    limits: ReaderLimits = field(default_factory=ReaderLimits)
    today: Callable[[], date] = today_in_chongqing

    def references(self) -> References:
        """The lists and rules that hold today."""
        return references_on(self.today(), seeds_on)
