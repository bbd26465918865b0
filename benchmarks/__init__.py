"""Benchmarks: one command each, results kept as one table per commit under results/."""
