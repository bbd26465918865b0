"""The board: a shift in progress on one screen, as a page that the service serves."""
