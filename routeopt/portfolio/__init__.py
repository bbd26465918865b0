"""Portfolios: plans of about the same value that are as different as possible, and tonight's drawn from them."""
