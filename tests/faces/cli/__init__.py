"""The command line against a real hall."""
