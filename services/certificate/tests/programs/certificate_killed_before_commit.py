"""A worker that is killed by the system when its files are stored and nothing is committed yet."""

import os
import signal
from typing import Any

from certificate.adapters.signing import Seal
from certificate.adapters.signing_keys import ensure_keys
from certificate.adapters.typesetting import fonts_in
from certificate.application import build
from certificate.application.build import Workshop
from certificate.application.tools import Tools
from certificate.settings import CertificateSettings
from certificate.worker import builds
from chassis.database import Database
from chassis.storage import Storage
from chassis.worker import Worker


def killed(*_: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


setattr(build, "_write_membership", killed)  # noqa: B010 - the types differ on purpose
settings = CertificateSettings()
tools = Tools(Database(settings.database_url.get_secret_value(), "certificate"), Storage(settings), settings)
seal = Seal(ensure_keys(settings.certificate_keys_dir))
workshop = Workshop(tools, fonts_in(settings.certificate_fonts_dir), seal)
Worker(tools.database, settings.amqp_url.get_secret_value(), builds(workshop)).do_next()
