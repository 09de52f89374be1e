from gateway_probe.service import NOTHING

from chassis.migration_steps import run_env

run_env(NOTHING)
