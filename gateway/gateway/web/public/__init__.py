"""Pages of visitors."""
