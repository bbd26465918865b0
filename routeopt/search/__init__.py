"""What strategies share: the state of a search, packing for kernels, schedules, required tasks."""
