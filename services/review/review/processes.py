"""What every process of this service puts together at its start."""

from __future__ import annotations

from chassis.database import Database
from chassis.rpc import RpcClient
from chassis.storage import Storage
from chassis.tokens import Signer
from review.application.tools import Tools
from review.settings import ReviewSettings


def tools_of(settings: ReviewSettings, database: Database) -> Tools:
    """What the use cases of this process need."""
    signer = Signer(settings.service, settings.private_key_file)
    rpc = RpcClient(settings.amqp_url.get_secret_value(), signer)
    return Tools(database, Storage(settings), rpc)
