"""Kernels of the visibility objective: levels, the longest path, annealing, branch and bound."""
