"""What came with a form, and how it stands on the page again when it was refused."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from starlette.datastructures import FormData

from contracts.errors import AppError, FieldFault

CSRF, KEY = "csrf", "key"
MOST_FIELDS = 1000
LONGEST_KEY = 80
_OWN = frozenset({CSRF, KEY, "password", "answer"})


@dataclass(frozen=True)
class Form:
    """Text fields of a POST. ``key`` is the Idempotency-Key of the page, so a second press changes nothing."""

    key: str
    _data: FormData

    @classmethod
    def of(cls, data: FormData) -> Form:
        """Files are left out: they go to storage, never through the gateway."""
        given = str(data.get(KEY, ""))
        return cls(given if 0 < len(given) <= LONGEST_KEY else uuid.uuid4().hex, data)

    def text(self, name: str, default: str = "") -> str:
        """The field without blanks around it; ``default`` when it did not come."""
        value = self._data.get(name, default)
        return value.strip() if isinstance(value, str) else default

    def exact(self, name: str) -> str:
        """The field as it was typed, blanks and all: for passwords."""
        value = self._data.get(name, "")
        return value if isinstance(value, str) else ""

    def number(self, name: str, default: int = 0) -> int:
        """A whole number such as ``version``; anything else is ``default``."""
        text = self.text(name)
        return int(text) if text.isdecimal() and len(text) < 10 else default

    def ticked(self, name: str) -> bool:
        """Whether a checkbox was set."""
        return name in self._data

    def all(self, name: str) -> list[str]:
        """Every value of a repeated field."""
        return [value for value in self._data.getlist(name) if isinstance(value, str)]

    @property
    def values(self) -> dict[str, str]:
        """What was typed, for the page that shows it again; never a password nor a picture code."""
        return {
            name: value for name, value in self._data.items() if isinstance(value, str) and name not in _OWN
        }


@dataclass(frozen=True)
class Filled:
    """A form as a template shows it: ``{{ form.field(filled, "address", "单位地址") }}``.

    ``said`` is the sentence of the summary; ``faults`` by field name; ``others`` fit no field.
    """

    values: Mapping[str, Any] = field(default_factory=dict)
    faults: Mapping[str, str] = field(default_factory=dict)
    said: str = ""
    key: str = field(default_factory=lambda: uuid.uuid4().hex)

    def value(self, name: str) -> str:
        """What the field holds."""
        given = self.values.get(name)
        return "" if given is None else str(given)

    def fault(self, name: str) -> str:
        """What is wrong with it, or nothing."""
        return self.faults.get(name, "")

    @classmethod
    def refused(cls, form: Form, refusal: AppError) -> Filled:
        """The same form with what the service said. A request that may have been done keeps its key."""
        unsure = refusal.status in {503, 504}
        key = form.key if unsure else uuid.uuid4().hex
        return cls(form.values, by_field(refusal.errors), refusal.detail, key)


def by_field(faults: Sequence[FieldFault]) -> dict[str, str]:
    """The first message of each field; a path such as ``safety_officers.0.mobile`` stays as it is."""
    found: dict[str, str] = {}
    for fault in faults:
        found.setdefault(fault.field, fault.message)
    return found
