"""Stands for the services behind the gateway: their names, their contracts, and the real transport."""
