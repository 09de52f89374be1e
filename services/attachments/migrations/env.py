from attachments.tables import ATTACHMENTS
from chassis.migration_steps import run_env

run_env(ATTACHMENTS)
