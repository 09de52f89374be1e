"""The identity service as a process."""

from chassis.nameko_entry import main  # isort: skip  # patches, so it is first

from datetime import timedelta

from chassis.database import Database
from chassis.tokens import Signer
from identity.directory import CachedDirectory
from identity.hashing import HashingPool
from identity.service import handlers_of
from identity.settings import IdentitySettings
from identity.tools import Lifetimes, Tools

settings = IdentitySettings()
database = Database(settings.database_url.get_secret_value(), settings.service)
passwords = HashingPool(settings.hash_processes)
passwords.warm_up()
tools = Tools(
    database,
    Signer(settings.service, settings.private_key_file),
    passwords,
    CachedDirectory(database),
    Lifetimes(
        access=timedelta(minutes=settings.access_minutes),
        idle=timedelta(minutes=settings.idle_minutes),
        session=timedelta(minutes=settings.session_minutes),
    ),
)
main(handlers_of(tools), settings, database)
