"""The rail of an application: which step was done when and by whom, and what waits."""

from __future__ import annotations

from collections.abc import Sequence

from contracts.review import Timeline, TimelineEntry
from gateway.web.rendering import minute
from gateway.web.steps import STEP_OF_STATE, STEPS

Rail = list[dict[str, str]]


def rail_of(timeline: Timeline) -> Rail:
    """提交使用登记表 → 受理 → 审核 → 审批 → 证书生成."""
    entries = since_submission(timeline.entries)
    done = {entry.action: entry for entry in entries}
    waiting = STEP_OF_STATE.get(timeline.state)
    items = [_item("提交使用登记表", done.get("submit"))]
    for step, words in STEPS.items():
        passed = done.get("issue" if step == "issue" else f"{step}_pass")
        voided = done.get(f"{step}_reject")
        if voided is not None:
            items.append(
                {"title": words.name, "said": f"{minute(voided.at)} · 已退件（作废）", "state": "void"}
            )
        elif passed is None and step == waiting:
            items.append({"title": words.name, "said": words.waiting, "state": "cur"})
        else:
            items.append(_item(words.name, passed))
    return items


def _item(title: str, entry: TimelineEntry | None) -> dict[str, str]:
    if entry is None:
        return {"title": title, "said": "", "state": ""}
    by = f" · {entry.by}" if entry.by else ""
    return {"title": title, "said": f"{minute(entry.at)}{by}", "state": "done"}


def since_submission(entries: Sequence[TimelineEntry]) -> Sequence[TimelineEntry]:
    """An application may have been taken back and submitted again: what counts is after the last time."""
    places = [number for number, entry in enumerate(entries) if entry.action == "submit"]
    return entries[places[-1] :] if places else entries
