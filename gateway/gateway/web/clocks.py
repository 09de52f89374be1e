"""A deadline as people read it: a word, a tone and a bar."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from contracts.moments import in_shanghai
from contracts.review import RunningClock


@dataclass(frozen=True)
class Clock:
    """``tone`` is ok, warn or err; ``percent`` how much of the time is used, 0–100."""

    said: str
    tone: str
    percent: int


def clock(start: datetime | None, deadline: datetime | None, now: datetime) -> Clock | None:
    """None when no clock runs."""
    if deadline is None:
        return None
    used = _percent(start, deadline, now)
    due, today = in_shanghai(deadline).date(), in_shanghai(now).date()
    if now > deadline:
        return Clock(f"逾期（{due:%m-%d} 到期）", "err", 100)
    if due == today:
        return Clock("今日到期", "warn", used)
    tone = "warn" if deadline - now < timedelta(days=2) else "ok"
    return Clock(f"{due:%m-%d} 前办结", tone, used)


SOON = 0.8
"""From this share of the working days on, a deadline is near (domain.md section 3)."""


def working_clock(running: RunningClock | None, now: datetime) -> Clock | None:
    """The same in working days, as the services count them. None when no clock runs."""
    if running is None:
        return None
    used = _percent(running.started_at, running.deadline, now)
    left = running.workdays - running.used
    if running.overdue:
        return Clock(f"逾期 {-left} 个工作日" if left < 0 else "逾期", "err", 100)
    if in_shanghai(running.deadline).date() == in_shanghai(now).date():
        return Clock("今日到期", "warn", used)
    near = running.used >= SOON * running.workdays
    return Clock(f"还有 {left} 个工作日", "warn" if near else "ok", used)


def _percent(start: datetime | None, deadline: datetime, now: datetime) -> int:
    if start is None or deadline <= start:
        return 0
    return max(0, min(100, round((now - start) / (deadline - start) * 100)))
