"""Dead letters of a service on the command line, with the environment of one of its processes.

python -m chassis.deadletters list | show ID | replay ID… | replay all | drop ID…
"""

from __future__ import annotations

import getpass
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict

import structlog

from chassis import logs
from chassis.audit import Actor
from chassis.database import Database
from chassis.parked import DeadLetter, DeadLetters, event_queues_of
from chassis.settings import Settings

log = structlog.get_logger("chassis.deadletters")
_COLUMNS = "{id}  {type:<28} {aggregate_id} #{sequence}  {attempts} attempts  {error}"


def noted(database: Database, actor: Actor, action: str) -> Callable[[DeadLetter], None]:
    """Writes to the audit chain and the log what is about to happen to a letter, and by whom."""

    def note(letter: DeadLetter) -> None:
        detail = {"queue": letter.queue, "type": letter.type, "aggregate_id": letter.aggregate_id}
        with database.changing(actor) as change:
            change.note(f"dead_letter.{action}", f"dead_letter:{letter.id}", **detail)
        log.warning("dead letter settled by hand", action=action, letter=letter.id, actor=actor.id, **detail)

    return note


def run(letters: DeadLetters, database: Database, actor: Actor, words: Sequence[str]) -> int:
    """Does what the words say; 0, 1 when a letter is not there, 2 when nobody understands them."""
    match list(words):
        case ["list"]:
            for letter in letters.list():
                _print(_COLUMNS.format_map(asdict(letter)))
            return 0
        case ["show", letter_id]:
            found = letters.find(letter_id)
            _print(json.dumps(asdict(found), ensure_ascii=False, indent=1) if found else _absent(letter_id))
            return 0 if found else 1
        case ["replay", "all"]:
            return _each(
                letters.replay, noted(database, actor, "replay"), [each.id for each in letters.list()]
            )
        case ["replay", *ids] if ids:
            return _each(letters.replay, noted(database, actor, "replay"), ids)
        case ["drop", *ids] if ids:
            return _each(letters.drop, noted(database, actor, "drop"), ids)
    _print(__doc__ or "")
    return 2


def _each(
    do: Callable[[str, Callable[[DeadLetter], None]], bool],
    before: Callable[[DeadLetter], None],
    ids: Sequence[str],
) -> int:
    gone = [letter_id for letter_id in ids if not do(letter_id, before)]
    for letter_id in gone:
        _print(_absent(letter_id))
    _print(f"done: {len(ids) - len(gone)} of {len(ids)}")
    return 1 if gone else 0


def _absent(letter_id: str) -> str:
    return f"no dead letter {letter_id}: see list"


def _print(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def main() -> int:
    """The command of an operator, who is named in the audit chain by the name on the machine."""
    settings = Settings()
    logs.configure("deadletters", sys.stderr)
    letters = DeadLetters(settings.amqp_url.get_secret_value(), event_queues_of(settings.service))
    database = Database(settings.database_url.get_secret_value(), settings.service)
    return run(letters, database, Actor(f"operator:{getpass.getuser()}", "operator"), sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
