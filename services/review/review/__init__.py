"""Review: applications with state and district, photo review, decisions, clocks and to-do queues."""
