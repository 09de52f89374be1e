"""The import service as a process."""

from chassis.nameko_entry import main  # isort: skip  # patches, so it is first

from chassis.database import Database
from importer.application.tools import tools_of
from importer.service import handlers_of
from importer.settings import ImporterSettings

settings = ImporterSettings()
database = Database(settings.database_url.get_secret_value(), settings.service)
main(handlers_of(tools_of(settings, database)), settings, database)
