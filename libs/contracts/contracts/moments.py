"""Moments as every interface shows them: RFC 3339 with +08:00 (api.md section 1)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, AwareDatetime

SHANGHAI = ZoneInfo("Asia/Shanghai")


def in_shanghai(moment: datetime) -> datetime:
    """The same moment by the clock of Chongqing."""
    return moment.astimezone(SHANGHAI)


Moment = Annotated[AwareDatetime, AfterValidator(in_shanghai)]
"""An aware datetime; whatever zone it comes in, it leaves in Asia/Shanghai."""
