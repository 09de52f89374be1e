"""Rules of certificates as pure functions: no bus, no database, no clock, no document library."""
