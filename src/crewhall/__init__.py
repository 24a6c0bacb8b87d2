"""Crewhall: one hall where a team's tasks, time, tools and people meet, for people and for AI agents."""

__version__ = "0.1.0"
