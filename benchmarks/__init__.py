"""Benchmarks: one command each; with --record their figures are appended to history/."""
