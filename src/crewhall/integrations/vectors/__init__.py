"""Vectors of an organisation, in its own database."""

from crewhall.integrations.vectors.kept import KeptVectors

__all__ = ["KeptVectors"]
