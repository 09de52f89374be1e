"""The settings of the processes of the import service."""

from __future__ import annotations

from chassis.settings import Settings
from importer.adapters.workbook_file import ReaderLimits


class ImporterSettings(Settings):
    """Beside what every process is told: the limits of a workbook (domain.md section 2; sizes in bytes)."""

    import_max_bytes: int = ReaderLimits.max_bytes
    import_max_rows: int = ReaderLimits.max_rows
    import_max_unpacked: int = ReaderLimits.max_unpacked
    import_max_strings: int = ReaderLimits.max_strings
    import_reader_memory: int = ReaderLimits.memory
    import_reader_seconds: float = ReaderLimits.seconds

    @property
    def limits(self) -> ReaderLimits:
        """What a workbook may cost."""
        return ReaderLimits(
            max_bytes=self.import_max_bytes,
            max_rows=self.import_max_rows,
            max_unpacked=self.import_max_unpacked,
            max_strings=self.import_max_strings,
            memory=self.import_reader_memory,
            seconds=self.import_reader_seconds,
        )
