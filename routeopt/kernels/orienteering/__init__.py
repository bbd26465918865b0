"""Kernels of the team orienteering problem with time windows."""
