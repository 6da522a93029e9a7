"""What a reader brings: their own loss, network and data, taken with care (notebooks 04 and 05)."""
