"""Who works on a task now, and what is ready to be taken up.

Nothing is imported here: the board itself uses `leases`, and the other modules use the board.
"""
