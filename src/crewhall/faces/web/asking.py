"""How a page asks Crewhall: through the seam, as the member who reads it."""

from __future__ import annotations

from typing import Any

from crewhall.kit.capability import Actor, Registry
from crewhall.kit.seam import Seam


class Ask:
    """Runs capabilities for pages: `await ask(actor, "get_task", task_id="CH-12")`."""

    def __init__(self, registry: Registry, seam: Seam) -> None:
        self._registry = registry
        self._seam = seam

    async def __call__(self, actor: Actor | None, name: str, /, **given: Any) -> Any:
        """The capability's answer; raises CrewhallError when it is refused. `actor` is None on pages outside the hall."""
        return (await self._seam.run(self._registry[name], given, actor=actor, client="web")).value
