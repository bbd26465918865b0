"""What if: other numbers of teams, other hours, other modes, and the night without one of its rules."""
