"""What else can be meta-learned, and whether it pays (notebook 11).

A file for each method; `grid.py` is the comparison at equal compute.
"""
