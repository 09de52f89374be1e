"""The settings of the processes of the identity service."""

from __future__ import annotations

from pydantic import Field

from chassis.settings import Settings


class IdentitySettings(Settings):
    """Beside what every process is told: how many passwords are checked at once, and how long a sign-in lasts.

    Minutes. An access token is good for ``access_minutes``; whoever does not renew it within ``idle_minutes``, or
    signed in ``session_minutes`` ago, signs in again.
    """

    hash_processes: int = Field(default=2, ge=1, le=16)
    access_minutes: int = Field(default=30, ge=1)
    idle_minutes: int = Field(default=60, ge=2)
    session_minutes: int = Field(default=12 * 60, ge=2)
