"""The registry of errors and warnings: ``import_codes.csv`` as objects, and their texts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from importer.domain.text import one_line

_QUOTED = re.compile(r"[“（][^“”（）]*…[^“”（）]*[”）]")


@dataclass(frozen=True)
class ImportCode:
    """One code. Its meaning never changes; a retired code is never given a new one."""

    code: str
    severity: str
    message: str

    @property
    def is_error(self) -> bool:
        """Whether a row with it is not imported."""
        return self.severity == "error"

    def text(self, **values: object) -> str:
        """The message with its placeholders filled; quoted cell values are put on one line and cut."""
        return self.message.format_map({name: one_line(str(value), 200) for name, value in values.items()})

    def general(self, count: int) -> str:
        """The message without the values of one row, for lists by code; ``count`` is how often it stands."""
        text = (
            self.message.replace("“{heading}”", "")
            .replace("{heading}", "该列")
            .replace("{count}", str(count))
        )
        return _QUOTED.sub("", re.sub(r"\{[a-z_]+\}", "…", text))


def codes_of(rows: Iterable[Mapping[str, str]]) -> dict[str, ImportCode]:
    """The registry by code, from rows of import_codes.csv."""
    return {row["code"]: ImportCode(row["code"], row["severity"], row["message_zh"]) for row in rows}


class FileFault(Exception):
    """The workbook as a whole cannot be imported: one of E40–E49 with its Chinese sentence."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
