"""The clock of the identity service: python -m identity.clock. Beside the usual, it deletes what is old enough."""

from __future__ import annotations

from sqlalchemy import TextClause, text

from chassis import health, logs, tracing
from chassis.clock import Action, Clock, chassis_actions
from chassis.database import Database
from identity.settings import IdentitySettings

AT_ONCE = 1000
HOURLY_S = 3600
# The record of sign-ins is kept for 12 months at least (domain.md section 16). An ended session is kept for a while,
# so that a stolen old token is still known as such. A lock ends after 30 minutes, failures count for a day.
_OLD = tuple(
    text(f"delete from {table} where {key} in (select {key} from {table} where {old} limit :at_once)")  # noqa: S608  # constants
    for table, key, old in (
        ("sign_in", "no", "at < now() - interval '13 months'"),
        ("session", "id", "expires_at < now() - interval '30 days'"),
        ("sign_in_guard", "name_digest", "failed_at < now() - interval '1 day'"),
        ("captcha", "id", "expires_at < now()"),
        ("tries", "digest", "until < now()"),
    )
)


def prune(database: Database) -> None:
    """Deletes old sign-ins, sessions with their tokens, failures, tries and codes, some in each transaction."""
    for statement in _OLD:
        while _delete_some(database, statement) == AT_ONCE:
            pass


def _delete_some(database: Database, statement: TextClause) -> int:
    with database.engine.begin() as connection:
        return connection.execute(statement, {"at_once": AT_ONCE}).rowcount


def main() -> None:
    """Works until a signal stops it."""
    settings = IdentitySettings()
    logs.configure(settings.process)
    tracing.start(settings)
    database = Database(settings.database_url.get_secret_value(), settings.service)
    health.serve(settings.health_port, {"database": database.ping})
    Clock(database, [*chassis_actions(), Action("prune-identity", HOURLY_S, prune)]).run()


if __name__ == "__main__":
    main()
