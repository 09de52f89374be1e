"""The attachments service as a process."""

from chassis.nameko_entry import main  # isort: skip  # patches, so it is first

from attachments.service import handlers_of
from attachments.settings import AttachmentsSettings
from attachments.tools import tools_of
from chassis.database import Database

settings = AttachmentsSettings()
database = Database(settings.database_url.get_secret_value(), settings.service)
main(handlers_of(tools_of(settings, database)), settings, database)
