"""Twins of the platforms: programs that answer like them over HTTP on loopback, for the demo and for tests.

A twin keeps its word as the platform does, with tokens that end and rotate; and it can be told what shall go wrong next.
"""

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator

from crewhall.demo.twins.clickup import ClickUpTwin
from crewhall.demo.twins.discord import DiscordTwin
from crewhall.demo.twins.google import GoogleTwin
from crewhall.demo.twins.microsoft import MicrosoftTwin
from crewhall.demo.twins.serving import serving, serving_all
from crewhall.demo.twins.slack import SlackTwin
from crewhall.demo.twins.twilio import TwilioTwin
from crewhall.demo.twins.twin import Exchange, Fault, Twin
from crewhall.demo.twins.zoom import ZoomTwin


def _kinds() -> Iterator[Callable[[], Twin]]:
    for found in pkgutil.iter_modules(__path__):
        module = importlib.import_module(f"{__name__}.{found.name}")
        for kind in vars(module).values():
            if inspect.isclass(kind) and issubclass(kind, Twin) and kind.__module__ == module.__name__ and kind.slug:
                yield kind


TWINS: tuple[Callable[[], Twin], ...] = tuple(_kinds())
"""Every twin of a module here: the demo and the tests serve them all."""

__all__ = [
    "TWINS",
    "ClickUpTwin",
    "DiscordTwin",
    "Exchange",
    "Fault",
    "GoogleTwin",
    "MicrosoftTwin",
    "SlackTwin",
    "TwilioTwin",
    "Twin",
    "ZoomTwin",
    "serving",
    "serving_all",
]
