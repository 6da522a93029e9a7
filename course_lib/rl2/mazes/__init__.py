"""Mazes: training, walking and measuring (notebook 10)."""
