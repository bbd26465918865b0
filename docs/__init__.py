"""The documentation; `docs.make` writes the pages that follow from the code."""
