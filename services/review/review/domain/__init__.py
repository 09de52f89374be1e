"""Rules of the review as pure functions and dataclasses: standard library only, no clock, no storage."""
