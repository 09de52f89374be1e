"""The kinds of jobs of this service. The processes that answer calls name them without loading what does them."""

IMPORT = "import"
ERROR_WORKBOOK = "error_workbook"
ANNOUNCE = "announce"
RELEASE = "release"
REFUSE = "refuse"
SNAPSHOT = "snapshot"
LIST = "cylinder_list"
