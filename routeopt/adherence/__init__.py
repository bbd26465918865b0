"""What was delivered of a plan, from the GPS tracks of its teams: tracks → matching → stays → figures.

Tracks are of teams, never of officers: of a file only the team, the times and the positions are read.
"""
