"""From a path to its endpoint: a dictionary for fixed paths, and a short list for those with parameters.

Starlette asks one route after the other, which with seventy of them costs a tenth of a short call (docs/decisions/0013).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send


class Router:
    """Dispatches to routes whose parameters hold no slash. A fixed path wins against one with parameters; else the first does.
    A route with `{...:path}` is reached by what no other route knows.

    Raises HTTPException 404 for an unknown path, 405 with `Allow` for an unknown method on a known one.
    """

    def __init__(self, routes: Sequence[BaseRoute]) -> None:
        self.routes = [route for route in routes if isinstance(route, Route)]
        self._fixed: dict[str, list[Route]] = defaultdict(list)
        self._patterns: dict[int, list[Route]] = defaultdict(list)
        self._rest: list[Route] = []
        for route in self.routes:
            if ":path}" in route.path:
                self._rest.append(route)
            elif "{" in route.path:
                self._patterns[route.path.count("/")].append(route)
            else:
                self._fixed[route.path].append(route)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        route, scope["path_params"] = self._find(scope["path"], scope["method"])
        await route.app(scope, receive, send)

    def _find(self, path: str, method: str) -> tuple[Route, dict[str, str]]:
        allowed: set[str] = set()
        for route in self._fixed.get(path, ()):
            if method in (route.methods or ()):
                return route, {}
            allowed |= route.methods or set()
        for route in self._patterns.get(path.count("/"), ()) if not allowed else ():
            found = route.path_regex.match(path)
            if found is None:
                continue
            if method in (route.methods or ()):
                return route, found.groupdict()
            allowed |= route.methods or set()
        if allowed:
            raise HTTPException(405, headers={"Allow": ", ".join(sorted(allowed))})
        for route in self._rest:
            found = route.path_regex.match(path)
            if found and method in (route.methods or ()):
                return route, found.groupdict()
        raise HTTPException(404)
