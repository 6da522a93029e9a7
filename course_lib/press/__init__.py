"""What makes the products and is run by a command; no cell imports it."""
