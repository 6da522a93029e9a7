"""Measurements that the course quotes. Run one with `python -m benchmarks.NAME`."""
