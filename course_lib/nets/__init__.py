"""The networks, as pure functions of named tensors (notebooks 04 to 10)."""
