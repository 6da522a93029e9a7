"""The exercises themselves: `eNN.py` holds those of notebook NN."""
