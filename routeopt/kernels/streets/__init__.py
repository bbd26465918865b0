"""Kernels on the street network: shortest paths and bounded network distance."""
