"""All SQL of the board, by subject."""
