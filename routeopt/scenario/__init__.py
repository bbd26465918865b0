"""What a planner writes: its model, reading it, and one to start from."""
