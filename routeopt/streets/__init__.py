"""OpenStreetMap → StreetNetwork, travel and sight."""
