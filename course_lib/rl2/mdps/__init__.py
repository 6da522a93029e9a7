"""Small random MDPs: the players of the table, and their measurement (notebook 10)."""
