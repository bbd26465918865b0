"""Kernels of the Lagrangian bound: prices and its two subproblems, points and routes."""
