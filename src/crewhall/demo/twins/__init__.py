"""Twins of the platforms: programs that answer like them over HTTP on loopback, for the demo and for tests.

A twin keeps its word as the platform does, with tokens that end and rotate; and it can be told what shall go wrong next.
"""

from crewhall.demo.twins.google import GoogleTwin
from crewhall.demo.twins.serving import serving
from crewhall.demo.twins.slack import SlackTwin
from crewhall.demo.twins.twin import Exchange, Fault, Twin

__all__ = ["Exchange", "Fault", "GoogleTwin", "SlackTwin", "Twin", "serving"]
