"""Adapters to routing libraries, on sites copied over time."""
