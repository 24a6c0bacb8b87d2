"""What blocks, relates to or doubles what.

Nothing is imported here: the board itself asks `effects`, and the other modules use the board.
"""
