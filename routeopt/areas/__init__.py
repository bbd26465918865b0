"""Areas on a network: connected, balanced, compact, with a proven gap. Arrays in, arrays out."""
