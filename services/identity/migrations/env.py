from chassis.migration_steps import run_env
from identity.tables import IDENTITY

run_env(IDENTITY)
