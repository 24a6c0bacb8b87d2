"""What people are asked: questions, reviews, confirmations.

Nothing is imported here: the board itself asks `gate`, and the other modules use the board.
"""
