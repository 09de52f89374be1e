from chassis.migration_steps import run_env
from importer.adapters.tables import IMPORTER

run_env(IMPORTER)
