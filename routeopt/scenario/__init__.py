"""The scenario format, its reader, and a starter."""
