"""Forecast demand per street and time from past incidents, and test the forecast."""
