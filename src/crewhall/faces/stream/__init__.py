"""The live stream: Server-Sent Events over the event log."""

from crewhall.faces.stream.endpoint import Places, StreamEndpoint

__all__ = ["Places", "StreamEndpoint"]
