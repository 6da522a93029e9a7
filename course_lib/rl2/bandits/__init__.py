"""Bandits: the players of the table, and their measurement (notebook 09)."""
