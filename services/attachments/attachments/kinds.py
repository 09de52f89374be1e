"""The kinds of jobs of this service, apart from the jobs: a process that only leaves them loads none of their tools."""

from __future__ import annotations

PHOTO = "photo"
DOCUMENT = "document"
CYLINDERS = "cylinders"
SNAPSHOT = "snapshot"
REMOVE = "remove"
