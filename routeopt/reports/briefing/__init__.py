"""The page of the daily meeting."""
