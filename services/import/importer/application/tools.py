"""What the use cases need from outside, put together once in each process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from chassis.database import Database
from chassis.rpc import RpcClient
from chassis.storage import Storage
from chassis.tokens import Signer
from contracts.call import SyncTransport
from importer.adapters.workbook_file import ReaderLimits
from importer.domain.references import References, references_on
from importer.seeds import seeds_on
from importer.settings import ImporterSettings

CHONGQING = ZoneInfo("Asia/Shanghai")


def today_in_chongqing() -> date:
    """The day that the rules mean."""
    return datetime.now(CHONGQING).date()


@lru_cache(maxsize=4)
def _references_on(day: date) -> References:
    return references_on(day, seeds_on)


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
        return _references_on(self.today())


def tools_of(settings: ImporterSettings, database: Database) -> Tools:
    """What the use cases of one process need."""
    signer = Signer(settings.service, settings.private_key_file)
    rpc = RpcClient(settings.amqp_url.get_secret_value(), signer)
    return Tools(database, Storage(settings), rpc, settings.limits)
