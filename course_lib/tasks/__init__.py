"""Families of tasks, a file each: where the examples of every notebook come from
(notebooks 00 to 10)."""
