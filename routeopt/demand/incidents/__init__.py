"""Read incident files: tables, times and columns become incidents on streets."""
