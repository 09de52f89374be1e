"""The review service as a process."""

from chassis.nameko_entry import main  # isort: skip  # patches, so it is first

from chassis.database import Database
from review.processes import tools_of
from review.service import handlers_of
from review.settings import ReviewSettings

settings = ReviewSettings()
database = Database(settings.database_url.get_secret_value(), settings.service)
main(handlers_of(tools_of(settings, database)), settings, database)
