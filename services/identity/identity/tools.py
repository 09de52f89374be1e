"""What the use cases of a process work with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol

from chassis.database import Database
from chassis.tokens import Signer
from contracts.moments import SHANGHAI
from identity.directory import DirectorySource
from identity.hashing import Verdict


class PasswordChecker(Protocol):
    """Checks a password without holding up other calls."""

    def check(self, stored: str | None, password: str) -> Verdict:
        """Whether the password belongs to the hash; the same work for no hash. Raises UPSTREAM_TIMEOUT."""
        ...


@dataclass(frozen=True)
class Lifetimes:
    """How long tokens and sessions last."""

    access: timedelta = timedelta(minutes=30)
    idle: timedelta = timedelta(minutes=60)
    session: timedelta = timedelta(hours=12)


def today_in_chongqing() -> date:
    """The day of today (domain.md: all dates are Asia/Shanghai)."""
    return datetime.now(SHANGHAI).date()


@dataclass(frozen=True)
class Tools:
    """The database, the key that signs for accounts, the checker of passwords, districts and authorities."""

    database: Database
    signer: Signer
    passwords: PasswordChecker
    directory: DirectorySource
    lifetimes: Lifetimes = Lifetimes()
    today: Callable[[], date] = today_in_chongqing
