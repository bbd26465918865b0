"""Files for other systems, and plans read back from them."""
