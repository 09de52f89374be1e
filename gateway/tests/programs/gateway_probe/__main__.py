"""The probe as a service process."""

from chassis.nameko_entry import main  # isort: skip  # patches, so it is first

from chassis.database import Database
from chassis.settings import Settings
from gateway_probe.service import handlers

settings = Settings()
main(handlers, settings, Database(settings.database_url.get_secret_value(), settings.service))
