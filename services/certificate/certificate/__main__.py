"""The certificate service as a process."""

from chassis.nameko_entry import main  # isort: skip  # patches, so it is first

from certificate.application.tools import Tools
from certificate.service import handlers_of
from certificate.settings import CertificateSettings
from chassis.database import Database
from chassis.storage import Storage

settings = CertificateSettings()
database = Database(settings.database_url.get_secret_value(), settings.service)
main(handlers_of(Tools(database, Storage(settings), settings)), settings, database)
