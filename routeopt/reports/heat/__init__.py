"""Files about demand: heat maps and back-tests."""
