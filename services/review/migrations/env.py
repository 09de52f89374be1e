from chassis.migration_steps import run_env
from review.adapters.tables import REVIEW

run_env(REVIEW)
