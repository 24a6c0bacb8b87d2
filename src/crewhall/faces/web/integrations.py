"""`/integrations`: a card for each platform; and where platforms send people back to who were asked there."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlencode

import structlog
from starlette.types import Receive, Scope, Send

from crewhall.faces.http import read_query
from crewhall.faces.web.asking import Ask
from crewhall.faces.web.frame import Frame
from crewhall.faces.web.pages import Pages, see_other
from crewhall.kit.capability import Actor
from crewhall.kit.errors import Conflict, CrewhallError

log = structlog.get_logger()

BARS = 30
SLOW_MILLISECONDS = 3000
USUAL_SCOPES = 4
AGAIN = "again"
WHY_BACK = "The platform sent you back; the connection is being made."
RESULTS = {
    "connected": "{title} is connected.",
    "access_denied": "You did not allow it at {title}, so nothing was connected.",
    "not_allowed": "This answer fits no question that you asked here within 15 minutes. Press Connect again.",
    "missing_role": "Only owners and admins connect platforms.",
    "conflict": "{title} is not set up yet for connecting.",
    "platform_away": "{title} could not be reached to finish. Press Connect again in a moment.",
    "refused": "{title} did not finish the connection. Press Connect again; if it stays so, whoever runs Crewhall finds why in the log.",
}
ORDER = {"needs_reconnect": 0, "failing": 1, "slow": 2, "healthy": 3, "untried": 3, "disconnected": 4}


class IntegrationsPage:
    """Shows every platform: as whom it is connected and how it does, or what it needs."""

    def __init__(self, frame: Frame, ask: Ask) -> None:
        self._frame = frame
        self._ask = ask

    async def show(self, scope: Scope, send: Send, actor: Actor) -> None:
        position, query = self._frame.cursor(), read_query(scope)
        platforms = {one["platform"]: one for one in (await self._ask(actor, "list_platforms"))["platforms"]}
        found = (await self._ask(actor, "list_integrations"))["integrations"]
        cards = [await self._card(actor, one) for one in found if one["platform"] in platforms]
        cards.sort(key=lambda card: (ORDER[card["word"]], card["one"]["title"]))
        connected = {card["one"]["platform"] for card in cards if card["word"] != "disconnected"}
        cards = [card for card in cards if card["word"] != "disconnected" or card["one"]["platform"] not in connected]
        there = {card["one"]["platform"] for card in cards}
        await self._frame.send(
            send,
            "integrations.html",
            actor,
            here="integrations",
            cursor=position,
            cards=cards,
            others=[one for name, one in platforms.items() if name not in there],
            platforms=platforms,
            counts=_counts(cards),
            short={name: [short(scope) for scope in one["scopes"]] for name, one in platforms.items()},
            result=_result(query, platforms),
            may_connect="integrations:manage" in actor.scopes,
            may_test="integrations:use" in actor.scopes,
        )

    async def _card(self, actor: Actor, one: Any) -> dict[str, Any]:
        history = await self._ask(actor, "get_integration_health_history", integration_id=str(one["id"]), limit=BARS)
        checks = history["checks"][::-1]
        slow = bool(checks) and checks[-1]["is_healthy"] and _is_slow(checks[-1])
        return {
            "one": one,
            "word": _word(one, slow=slow),
            "bars": bars(checks),
            "told": told(checks),
            "days": day_bars(history["days"]),
            "month": month(history["days"]),
            "share": share(history["days"]),
            "scopes": short_scopes(one["scopes"]),
            "inbound": await self._inbound(actor, one),
        }

    async def _inbound(self, actor: Actor, one: Any) -> Any:
        """What the platform tells by itself; None where it tells nothing."""
        if one["status"] == "revoked":
            return None
        try:
            return await self._ask(actor, "get_inbound_webhook", integration_id=str(one["id"]))
        except Conflict:
            return None


def _word(one: Mapping[str, Any], *, slow: bool) -> str:
    if one["status"] == "revoked":
        return "disconnected"
    if one["needs_reconnect"]:
        return "needs_reconnect"
    if one["is_healthy"] is None:
        return "untried"
    return "failing" if not one["is_healthy"] else "slow" if slow else "healthy"


def _is_slow(check: Mapping[str, Any]) -> bool:
    return bool(check["response_time_ms"] >= SLOW_MILLISECONDS)


def bars(checks: Sequence[Mapping[str, Any]]) -> list[str]:
    """The shape of each of the last checks, the newest at the right; `none` where there was none yet."""
    shapes = ["bad" if not one["is_healthy"] else "slow" if _is_slow(one) else "ok" for one in checks]
    return ["none"] * (BARS - len(shapes)) + shapes


def day_bars(days: Sequence[Mapping[str, Any]]) -> list[str]:
    """The shape of each of the last thirty times twenty-four hours, the latest at the right."""
    return [_day(one["checks"], one["failed"]) for one in days]


def _day(checks: int, failed: int) -> str:
    if not checks:
        return "none"
    return "ok" if not failed else "bad" if failed == checks else "some"


def month(days: Sequence[Mapping[str, Any]]) -> str:
    """The thirty days in words."""
    if not (tried := sum(one["checks"] for one in days)):
        return "In 30 days not tried"
    return f"In 30 days {tried - sum(one['failed'] for one in days)} of {tried} checks good"


def share(days: Sequence[Mapping[str, Any]]) -> str:
    """How much of them was good; rounded down, so that 100 % is all of it."""
    if not (tried := sum(one["checks"] for one in days)):
        return "not tried"
    good = tried - sum(one["failed"] for one in days)
    return "100 % good" if good == tried else f"{math.floor(1000 * good / tried) / 10} % good"


def told(checks: Sequence[Mapping[str, Any]]) -> str:
    """The same in words, for those who do not see bars."""
    shapes = bars(checks)[-len(checks) :] if checks else []
    words = (("ok", "good"), ("slow", "slow"), ("bad", "failed"))
    parts = [f"{shapes.count(shape)} {word}" for shape, word in words if shape in shapes]
    return f"Last {len(checks)} checks: {', '.join(parts)}" if len(checks) != 1 else f"One check: {parts[0].partition(' ')[2]}"


def short(scope: str) -> str:
    """`https://www.googleapis.com/auth/gmail.send` is gmail.send."""
    return scope.rstrip("/").rpartition("/")[2]


def short_scopes(scopes: Sequence[str] | None) -> str:
    """Scopes as people read them: the last part of an address says all."""
    if scopes is None:
        return "as the token allows"
    names = [short(scope) for scope in scopes]
    return ", ".join(names[:USUAL_SCOPES]) + (f" and {len(names) - USUAL_SCOPES} more" if len(names) > USUAL_SCOPES else "")


def _counts(cards: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    words = [card["word"] for card in cards]
    return {"healthy": words.count("healthy"), "slow": words.count("slow"), "need": words.count("needs_reconnect") + words.count("failing")}


def _result(query: Mapping[str, str], platforms: Mapping[str, Any]) -> dict[str, str] | None:
    """What came of a way to a platform and back. The address says only which sentence: its own words are shown to nobody."""
    platform, result = platforms.get(query.get("platform", "")), query.get("result", "")
    if platform is None or result not in RESULTS:
        return None
    return {"mark": "okring" if result == "connected" else "warn", "words": RESULTS[result].format(title=platform["title"])}


class OAuthReturn:
    """`/api/v1/oauth/{platform}/callback`: a platform sends somebody's browser back here."""

    def __init__(self, pages: Pages, ask: Ask) -> None:
        self._pages = pages
        self._ask = ask

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        platform = str(scope["path_params"]["platform"])
        query = read_query(scope)
        actor = await self._pages.visitor(scope)
        if actor is None:
            await self._again(scope, send, query)
            return
        result = await self._finish(actor, platform, query)
        slug = platform.strip().lower().replace("-", "_")
        where = urlencode({"platform": slug, "result": result})
        await see_other(send, f"/integrations?{where}#{quote(slug)}")

    async def _again(self, scope: Scope, send: Send, query: Mapping[str, str]) -> None:
        """Other sites do not send the log-in's cookie along: who comes from one asks again from here."""
        if AGAIN in query:
            await see_other(send, "/login")
            return
        address = f"{scope['path']}?{urlencode({**query, AGAIN: '1'})}"
        await self._pages.send(send, "go_on.html", address=address, why=WHY_BACK)

    async def _finish(self, actor: Actor, platform: str, query: Mapping[str, str]) -> str:
        """Which of the results it is."""
        given = {name: query[name] for name in ("code", "error") if query.get(name)}
        if "integrations:manage" not in actor.scopes:
            return "missing_role"
        try:
            await self._ask(actor, "finish_oauth", platform=platform, state=query.get("state", ""), **given)
        except CrewhallError as refusal:
            log.info("oauth.refused", platform=platform[:64], reason=refusal.code)
            word = refusal.details.get("platform_code") if refusal.details.get("platform_code") == "access_denied" else refusal.code
            return word if isinstance(word, str) and word in RESULTS else "refused"
        return "connected"
