"""Pages of using units."""
