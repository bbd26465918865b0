"""Demand: where and when people need police. One file per source, all ending in `Rates`."""
