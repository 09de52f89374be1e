"""The worker process: makes the files of certificates, and beside them the checks that a visitor waits for."""

from __future__ import annotations

import sys
import threading

import structlog

from certificate.adapters.signing import Seal
from certificate.adapters.signing_keys import SigningKeys, ensure_keys
from certificate.adapters.typesetting import FontsMissingError, fonts_in
from certificate.application import build, build_jobs, check_file, checks
from certificate.application.build import Workshop
from certificate.application.tools import Tools
from certificate.settings import CertificateSettings
from chassis import health, logs, tracing
from chassis.database import Database
from chassis.storage import Storage
from chassis.worker import Work, Worker

STATEMENT_MS = 300_000
"""The longest statement: the COPY of a large batch (design.md section 3)."""
log = structlog.get_logger("certificate.worker")


def builds(workshop: Workshop) -> dict[str, Work]:
    """The jobs that take long."""
    return {build_jobs.KIND: lambda job, keeper: build.build(job, keeper, workshop)}


def file_checks(tools: Tools, keys: SigningKeys) -> dict[str, Work]:
    """The jobs that must not wait for those."""
    return {checks.KIND: lambda job, _: check_file.check(job, tools, keys)}


def main() -> None:
    """Works until a signal stops it; does not start without the fonts of the templates."""
    settings = CertificateSettings()
    logs.configure(settings.process)
    tracing.start(settings)
    try:
        fonts = fonts_in(settings.certificate_fonts_dir)
    except FontsMissingError as fault:
        log.error("fonts missing, not started", fault=str(fault))  # the text says it all
        sys.exit(1)
    keys = ensure_keys(settings.certificate_keys_dir)
    database = Database(settings.database_url.get_secret_value(), settings.service, statement_ms=STATEMENT_MS)
    tools = Tools(database, Storage(settings), settings)
    _run(tools, Workshop(tools, fonts, Seal(keys)), keys)


def _run(tools: Tools, workshop: Workshop, keys: SigningKeys) -> None:
    amqp_url = tools.settings.amqp_url.get_secret_value()
    making = Worker(tools.database, amqp_url, builds(workshop))
    checking = Worker(tools.database, amqp_url, file_checks(tools, keys))
    beside = threading.Thread(target=checking.work, name="checks")
    health.serve(tools.settings.health_port, {"database": tools.database.ping})
    beside.start()
    making.run()
    checking.stop()
    beside.join()


if __name__ == "__main__":
    main()
