"""What pages need to know of the place where they are served: addresses, the key of cookies, whom to ask for help."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from contracts.call import ACCOUNTS
from gateway.settings import HttpSettings


@dataclass(frozen=True)
class Support:
    """在线技术支持; what is empty is not shown."""

    qq: str = ""
    phone: str = ""
    hours: str = ""
    account: str = ""


@dataclass(frozen=True)
class Site:
    """``storage_origin`` is where browsers send files; ``cookie_key`` has 32 bytes; ``demo`` off production.

    ``idle_minutes``: by role, when a page signs out who did nothing.
    """

    base_url: str
    storage_origin: str
    cookie_key: bytes
    demo: bool
    name: str
    support: Support
    idle_minutes: Mapping[str, int]

    @property
    def secure(self) -> bool:
        """Whether people come by https, so that cookies may be bound to it."""
        return self.base_url.startswith("https:")

    @classmethod
    def of(cls, settings: HttpSettings) -> Self:
        """The site of a gateway process. All processes with one private key understand each other's cookies."""
        storage = urlsplit(settings.public_s3_endpoint)
        derive = HKDF(SHA256(), length=32, salt=None, info=b"pingzheng gateway web cookies")
        return cls(
            base_url=settings.base_url,
            storage_origin=f"{storage.scheme}://{storage.netloc}",
            cookie_key=derive.derive(settings.private_key_file.read_bytes()),
            demo=settings.pingzheng_env != "production",
            name=settings.site_name,
            support=Support(
                settings.support_qq, settings.support_phone, settings.support_hours, settings.support_account
            ),
            idle_minutes=dict.fromkeys(ACCOUNTS, settings.idle_minutes_staff)
            | {"unit": settings.idle_minutes_unit},
        )
