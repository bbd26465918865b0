"""Duty cards as PDF."""
