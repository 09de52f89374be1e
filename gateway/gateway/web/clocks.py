"""A deadline as people read it: a word, a tone and a bar."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from contracts.moments import in_shanghai


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


def _percent(start: datetime | None, deadline: datetime, now: datetime) -> int:
    if start is None or deadline <= start:
        return 0
    return max(0, min(100, round((now - start) / (deadline - start) * 100)))
