"""Machinery shared by the strategies: search state, packing for kernels, schedules, required tasks."""
