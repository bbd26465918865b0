"""Answers about a plan: directions, unvisited places, differences between plans."""
