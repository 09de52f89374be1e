"""Free texts that officers write: needed or not, and never endless."""

from __future__ import annotations

from collections.abc import Iterator

from review.domain.errors import Fault

TEXT_MAX = 500  # characters; chosen by us, so that an opinion fits on the page of the decision


def text_fault(field: str, text: str, name: str, *, needed: bool) -> Iterator[Fault]:
    """At most one fault: an empty text that is needed, or one that is too long. ``name`` is what people call it."""
    length = len(text.strip())
    if needed and not length:
        yield Fault(field, "TEXT_MISSING", f"请填写{name}。")
    if length > TEXT_MAX:
        yield Fault(field, "TEXT_TOO_LONG", f"{name}最多{TEXT_MAX}个字，请缩短后重新提交。")
