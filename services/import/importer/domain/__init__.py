"""Rules of the import as pure functions: no bus, no database, no clock, no workbook."""
