"""The kinds of jobs of this service. The process that answers calls names them without loading what does them."""

PAGES = "pages"
