"""From past incidents to demand per street and time, and how well that predicts."""
