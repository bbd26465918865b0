"""Where and when people need police: one file per source, all ending in `Rates`."""
