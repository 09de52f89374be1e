"""Refusals of the rules. Each has the code of the public registry and the fields that the interface promises."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class Fault:
    """One fault of one field; ``message`` tells a person in Chinese what to do."""

    field: str
    code: str
    message: str


class Refused(Exception):
    """A rule says no. ``fields`` holds JSON values that stand beside the code in the answer."""

    code: ClassVar[str]

    def __init__(self, detail: str, **fields: object) -> None:
        self.detail = detail
        self.fields: Mapping[str, object] = fields
        super().__init__(f"{self.code}: {detail}")


class WrongState(Refused):
    """The action has no move from the current state; ``current`` is that state."""

    code = "WRONG_STATE"


class Forbidden(Refused):
    """The role or its steps do not cover the move."""

    code = "FORBIDDEN"


class SamePerson(Refused):
    """受理, 审核 and 审批 need three people; ``step`` is the one that this person has done already."""

    code = "SAME_PERSON"


class PageUnknown(Refused):
    """The page plan has no such page."""

    code = "NOT_FOUND"


class UnseenPages(Refused):
    """``pages`` lists the pages that nobody has saved yet."""

    code = "UNSEEN_PAGES"


class PhotosUnseen(Refused):
    """``photos`` lists the photos of the page that were not shown."""

    code = "PHOTOS_UNSEEN"


class NothingToRegister(Refused):
    """Every cylinder is wrong: only 驳回 is left."""

    code = "NOTHING_TO_REGISTER"


class Invalid(Refused):
    """Fields are filled in wrongly; ``faults`` names all of them at once (domain.md section 3)."""

    code = "VALIDATION"

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("；".join(fault.message for fault in self.faults))
