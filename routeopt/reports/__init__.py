"""Reports: files for people."""
