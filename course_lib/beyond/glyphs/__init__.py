"""Who wins? The same race on characters (notebook 11)."""
