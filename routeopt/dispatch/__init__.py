"""A shift in progress."""
