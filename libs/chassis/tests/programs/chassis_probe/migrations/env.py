from chassis_probe.service import PROBE

from chassis.migration_steps import run_env

run_env(PROBE)
