"""Connectors: each is a folder here, and nowhere else is a list of them."""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Mapping
from typing import Any

from crewhall.integrations.kit import Connector
from crewhall.kit.errors import NotFound
from crewhall.kit.model import nearest


@functools.cache
def connectors() -> Mapping[str, type[Connector]]:
    """Every connector there is, by its slug, in the order of their names."""
    found: dict[str, type[Connector]] = {}
    for folder in pkgutil.iter_modules(__path__):
        connector = importlib.import_module(f"{__name__}.{folder.name}").CONNECTOR
        if connector.manifest.slug != folder.name:
            raise ValueError(f"The folder {folder.name} holds a connector that calls itself {connector.manifest.slug}")
        found[folder.name] = connector
    return found


def connector_of(platform: str) -> type[Connector]:
    """The connector of a platform; NotFound, with the nearest name, when there is none. Dashes count as underscores."""
    known = connectors()
    slug = platform.strip().lower().replace("-", "_")
    if slug not in known:
        by_provider = next((name for name, one in known.items() if slug.upper() in one.manifest.variables), None)
        if by_provider is not None:
            return known[by_provider]
        meant = nearest(slug, known)
        hint = f"did you mean {meant}? " if meant else ""
        raise NotFound(f"There is no platform {platform[:64]}: {hint}There are {', '.join(known)}", platforms=list(known))
    return known[slug]


def get_connector(platform: str, credentials: Mapping[str, Any], config: Mapping[str, Any] | None = None) -> Any:
    """A connector with these credentials, for use by itself: `async with get_connector("slack", {"access_token": ...}) as slack`."""
    return connector_of(platform)(credentials, config)


__all__ = ["connector_of", "connectors", "get_connector"]
