"""What the use cases need from outside, put together once in each process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from chassis.database import Database
from chassis.storage import Storage
from contracts.call import SyncTransport
from contracts.moments import SHANGHAI
from review.adapters import seeds
from review.adapters.calendar import CalendarOverride, ChinaCalendar
from review.adapters.tables import calendar_override
from review.domain.clocks import local_day
from review.domain.parameters import ParameterRow, Parameters, parameters_on


def now_in_shanghai() -> datetime:
    """The moment by the clock of Chongqing."""
    return datetime.now(SHANGHAI)


@dataclass(frozen=True)
class Tools:
    """Database, storage, the way to other services, the lists and the clock of one process."""

    database: Database
    storage: Storage
    rpc: SyncTransport
    now: Callable[[], datetime] = now_in_shanghai
    reject_reasons: dict[str, str] = field(default_factory=seeds.reject_reasons)
    verdict_reasons: dict[str, str] = field(default_factory=seeds.photo_verdict_reasons)
    opinions: tuple[seeds.OpinionPhrase, ...] = field(default_factory=seeds.decision_opinions)
    parameter_rows: tuple[ParameterRow, ...] = field(default_factory=seeds.rule_parameters)

    def parameters(self, moment: datetime | None = None) -> Parameters:
        """The rule parameters of a day: that of a submission, else today."""
        return parameters_on(local_day(moment or self.now()), self.parameter_rows)


def calendar_of(session: Session) -> ChinaCalendar:
    """The calendar with what the bureau knows better."""
    rows = session.execute(select(calendar_override)).mappings()
    return ChinaCalendar(CalendarOverride(row["day"], row["working"], row["reason"]) for row in rows)
