"""The networks, as pure functions of named tensors."""
