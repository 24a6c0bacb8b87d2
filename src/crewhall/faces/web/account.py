"""`/account`: the reader's own name, password, sessions, and the programs that the reader let in."""

from __future__ import annotations

from starlette.types import Scope, Send

from crewhall.faces.web.asking import Ask
from crewhall.faces.web.frame import Frame
from crewhall.faces.web.wording import SCOPES
from crewhall.kit.capability import Actor


class AccountPage:
    """Shows their own account to one member."""

    def __init__(self, frame: Frame, ask: Ask) -> None:
        self._frame = frame
        self._ask = ask

    async def show(self, scope: Scope, send: Send, actor: Actor) -> None:
        await self._frame.send(
            send,
            "account.html",
            actor,
            here="account",
            me=await self._ask(actor, "get_me"),
            grants=(await self._ask(actor, "list_grants"))["grants"],
            scopes=SCOPES,
            sessions=(await self._ask(actor, "list_sessions"))["sessions"],
        )
