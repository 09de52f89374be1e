"""The five steps of an application as every page of a draft shows them (ui.md section 5.2)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from contracts.identity import GetMyUnit, Unit
from contracts.review import Application, GetApplication
from gateway.api.application_answers import ApplicationAnswer, with_counts
from gateway.spared import spared
from gateway.web.forms import Filled
from gateway.web.steps import GROUPS
from gateway.web.web import Web

# Title, and the place below the application; what kind of device it is can not be changed any more.
_STEPS = (
    ("选择设备类别", ""),
    ("单位基本信息", "basics"),
    ("导入气瓶信息", "import"),
    ("上传照片", "cylinders"),
    ("提交使用登记表", "submit"),
)


@dataclass(frozen=True)
class Wizard:
    """``at``: the step of the page, from 1. ``steps`` is empty when the application is no draft any more.

    ``unit`` is known for a draft, unless it can not be had just now.
    """

    web: Web
    application: ApplicationAnswer
    at: int
    unit: Unit | None = None

    @property
    def unsent(self) -> Filled:
        """For the form that deletes the draft."""
        return Filled()

    @property
    def base(self) -> str:
        """The address of the application."""
        return f"/u/applications/{self.application.id}"

    @property
    def draft(self) -> bool:
        """Whether it can still be changed."""
        return self.application.state == "draft"

    @property
    def steps(self) -> list[dict[str, Any]]:
        """What nav.stepper shows."""
        if not self.draft:
            return []
        return [self._step(number, *step) for number, step in enumerate(_STEPS, start=1)]

    @property
    def back(self) -> str:
        """The page of the step before, or nothing."""
        return f"{self.base}/{_STEPS[self.at - 2][1]}" if self.at > 2 else ""

    @property
    def further(self) -> tuple[str, str]:
        """Address and title of the step after."""
        title, place = _STEPS[min(self.at, len(_STEPS) - 1)]
        return f"{self.base}/{place}", title

    def _step(self, number: int, title: str, place: str) -> dict[str, Any]:
        state = "cur" if number == self.at else "done" if self._is_done(number) else ""
        href = f"{self.base}/{place}" if place and number != self.at else None
        return {"title": title, "said": self._said(number), "href": href, "state": state}

    def _is_done(self, number: int) -> bool:
        counts = self.application.counts
        return (
            number == 1
            or (number == 2 and self.unit is not None and _is_complete(self.unit))
            or (number == 3 and counts.cylinders > 0)
            or (number == 4 and 0 < counts.cylinders == counts.with_photos)
        )

    def _said(self, number: int) -> str:
        counts = self.application.counts
        return {
            1: GROUPS.get(self.application.variety_group or "", "气瓶"),
            2: "使用单位、安管部门",
            3: f"已导入 {counts.cylinders:,} 只" if counts.cylinders else "尚未导入",
            4: f"已上传 {counts.with_photos:,} / {counts.cylinders:,} 只",
            5: "信息和照片齐全后提交",
        }[number]


async def wizard(web: Web, application_id: str, at: int) -> Wizard:
    """The frame of one page. Raises NOT_FOUND for another's application."""
    application = await web.ask(GetApplication(application_id=application_id))
    answer, unit = await asyncio.gather(with_counts(web.asker, application), _unit(web, application))
    return Wizard(web, answer, at, unit)


async def _unit(web: Web, application: Application) -> Unit | None:
    return await spared(web.ask(GetMyUnit()), None) if application.state == "draft" else None


def _is_complete(unit: Unit) -> bool:
    """Whether everything that the form asks for is there (identity checks each when it is saved)."""
    department, officers = unit.safety_department, unit.safety_officers
    plain = unit.address, unit.use_place, unit.landline, unit.postcode
    return all(plain) and bool(department and department.name and officers)
