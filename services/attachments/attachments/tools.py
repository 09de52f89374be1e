"""What the use cases need from outside, put together once in each process."""

from __future__ import annotations

from dataclasses import dataclass, field

from attachments.completeness import PhotoLimits
from attachments.refusals import PictureLimits
from attachments.settings import AttachmentsSettings
from chassis.database import Database
from chassis.rpc import RpcClient
from chassis.storage import Storage
from chassis.tokens import Signer
from contracts.call import SyncTransport


@dataclass(frozen=True)
class Tools:
    """Database, storage, the way to other services and the limits of one process."""

    database: Database
    storage: Storage
    rpc: SyncTransport
    pictures: PictureLimits = field(default_factory=PictureLimits)
    photos: PhotoLimits = field(default_factory=PhotoLimits)


def tools_of(settings: AttachmentsSettings, database: Database) -> Tools:
    """What the use cases of this process need."""
    signer = Signer(settings.service, settings.private_key_file)
    rpc = RpcClient(settings.amqp_url.get_secret_value(), signer)
    return Tools(database, Storage(settings), rpc, settings.picture_limits, settings.photo_limits)
