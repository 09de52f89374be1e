from certificate.adapters.tables import CERTIFICATE
from chassis.migration_steps import run_env

run_env(CERTIFICATE)
