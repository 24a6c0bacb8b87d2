"""A twin of Discord: one server that the bot is in, one that only the person is in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from crewhall.demo.twins.consent import Consent, Token
from crewhall.demo.twins.twin import Answer, Twin

GUILD, ELSEWHERE = "197038439483310086", "290926798626357999"
CHANNEL = "41771983423143937"
BOT_TOKEN = "MTk4NjIyNDgzNDcxOTI1MjQ4.Gtwin1.own-token-of-the-app"
STATUS = {"0": 401, "10003": 404, "10004": 404, "10007": 404, "10008": 404, "50001": 403, "50013": 403, "50035": 400, "40333": 403}
PERSON = {
    "id": "80351110224678912", "username": "mei", "global_name": "Mei Tanaka", "avatar": None, "discriminator": "0", "public_flags": 0,
    "flags": 0, "primary_guild": None,
}  # fmt: skip
ROBOT = PERSON | {"id": "198622483471925248", "username": "crewhall", "global_name": None, "bot": True}


class DiscordTwin(Twin):
    """The API below /api/v10. Its bot sees one server; a person's token opens neither channels nor members."""

    prefix = "/api/v10"
    slug = "discord"

    def __init__(self) -> None:
        super().__init__(Consent(
            "Discord", "/oauth2/authorize", "/api/oauth2/token", "/api/oauth2/token/revoke", {"discord-client": "discord-secret"},
            rotates=True, life=604800, prefix="discord-", token_auth=("basic", "post"), body=("form",), revoke_by="basic", pkce=False,
            more={"guild": {"id": GUILD, "name": "Tidewater"}},
        ))  # fmt: skip
        self.fill()

    def fill(self) -> None:
        self.consent.tokens[BOT_TOKEN] = Token("bot", None)
        self.channels = [_channel(number, name) for number, name in enumerate(["general", "ops", "design"])]
        self.members = [_member(number, name) for number, name in enumerate(["ada", "kofi", "mei", "ines", "crewhall"])]
        self.messages = {
            channel["id"]: [
                _message(number, channel["id"], f"Message {number}", self.members[number % 3]["user"]) for number in range(1, 8)
            ]
            for channel in self.channels
        }

    @property
    def variables(self) -> dict[str, str]:
        return super().variables | {"DISCORD_BOT_TOKEN": BOT_TOKEN}

    def keys(self) -> dict[str, str]:
        return {"bot_token": BOT_TOKEN}

    def token_of(self, request: Request) -> str:
        """A bot's token behind Bearer is worth nothing, nor a person's behind Bot."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        return token if (scheme == "Bot") == (token == BOT_TOKEN) else ""

    def answers(self) -> Sequence[tuple[str, str, Answer]]:
        return [
            ("GET", "/users/@me", lambda request, _given: ROBOT_ME if self._is_bot(request) else PERSON_ME),
            ("GET", "/users/@me/guilds", self._guilds),
            ("GET", "/guilds/{guild}", self._in_guild(lambda _request, _given: _guild())),
            ("GET", "/guilds/{guild}/channels", self._in_guild(lambda _request, _given: self.channels)),
            ("GET", "/guilds/{guild}/members", self._in_guild(self._members)),
            ("GET", "/guilds/{guild}/members/{user}", self._in_guild(self._one_member)),
            ("GET", "/channels/{channel}", self._for_bot(self._one_channel)),
            ("GET", "/channels/{channel}/messages", self._for_bot(self._history)),
            ("POST", "/channels/{channel}/messages", self._for_bot(self._post)),
        ]

    def refuse(self, code: str) -> Response:
        number = code if code.isdigit() else "0"
        message = "401: Unauthorized" if number == "0" else f"Said by the twin: {code}"
        return JSONResponse({"message": message, "code": int(number)}, status_code=STATUS.get(number, 400))

    def _is_bot(self, request: Request) -> bool:
        return self.token_of(request) == BOT_TOKEN

    def _for_bot(self, answer: Any) -> Answer:
        def checked(request: Request, given: Mapping[str, Any]) -> Any:
            if not request.headers.get("user-agent", "").startswith("DiscordBot ("):
                return self.refuse("40333")
            return answer(request, given) if self._is_bot(request) else self.refuse("0")

        return checked

    def _in_guild(self, answer: Any) -> Answer:
        def checked(request: Request, given: Mapping[str, Any]) -> Any:
            return answer(request, given) if request.path_params["guild"] == GUILD else self.refuse("10004")

        return self._for_bot(checked)

    def _guilds(self, request: Request, given: Mapping[str, Any]) -> Any:
        names = {GUILD: "Tidewater"} if self._is_bot(request) else {GUILD: "Tidewater", ELSEWHERE: "Chess club"}
        rows: list[dict[str, Any]] = [
            {
                "id": one, "name": name, "icon": None, "banner": None, "owner": one == ELSEWHERE, "permissions": "68608", "features": [],
                "approximate_member_count": 5, "approximate_presence_count": 2,
            }
            for one, name in names.items() if int(one) > int(given.get("after", 0))
        ]  # fmt: skip
        return rows[: int(given.get("limit", 200))]

    def _members(self, request: Request, given: Mapping[str, Any]) -> Any:
        rows = [one for one in self.members if int(one["user"]["id"]) > int(given.get("after", 0))]
        return rows[: int(given.get("limit", 1))]

    def _one_member(self, request: Request, given: Mapping[str, Any]) -> Any:
        found = next((one for one in self.members if one["user"]["id"] == request.path_params["user"]), None)
        return found or self.refuse("10007")

    def _one_channel(self, request: Request, given: Mapping[str, Any]) -> Any:
        return next((one for one in self.channels if one["id"] == request.path_params["channel"]), None) or self.refuse("10003")

    def _history(self, request: Request, given: Mapping[str, Any]) -> Any:
        held = self.messages.get(request.path_params["channel"])
        if held is None:
            return self.refuse("10003")
        before, after, size = int(given.get("before", 2**63)), int(given.get("after", 0)), int(given.get("limit", 50))
        rows = [one for one in held if after < int(one["id"]) < before]
        return list(reversed(rows[:size] if "after" in given else rows[-size:]))

    def _post(self, request: Request, given: Mapping[str, Any]) -> Any:
        held = self.messages.get(request.path_params["channel"])
        if held is None:
            return self.refuse("10003")
        if len(given.get("content") or "") > 2000:
            return self.refuse("50035")
        made = _message(len(held) + 1, request.path_params["channel"], given.get("content") or "", ROBOT)
        held.append(made)
        return made


PERSON_ME = {**PERSON, "mfa_enabled": True, "locale": "en-GB"}
ROBOT_ME = {**ROBOT, "mfa_enabled": True, "locale": "en-GB"}


def _channel(number: int, name: str) -> dict[str, Any]:
    return {
        "id": str(int(CHANNEL) + number), "type": 0, "flags": 0, "guild_id": GUILD, "name": name, "position": number,
        "topic": f"All about {name}", "nsfw": False, "parent_id": None, "permission_overwrites": [], "rate_limit_per_user": 0,
    }  # fmt: skip


def _member(number: int, name: str) -> dict[str, Any]:
    user = PERSON | {"id": str(80351110224678912 + number), "username": name, "global_name": name.title()}
    return {
        "user": user | ({"bot": True} if name == "crewhall" else {}), "nick": None, "avatar": None, "banner": None, "roles": [], "flags": 0,
        "joined_at": "2025-04-25T06:39:03.685+00:00", "premium_since": None, "deaf": False, "mute": False, "pending": False,
        "communication_disabled_until": None,
    }  # fmt: skip


def _message(number: int, channel: str, text: str, author: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": str(1145342391884316000 + number), "type": 0, "channel_id": channel, "content": text, "author": dict(author), "mentions": [],
        "mention_roles": [], "attachments": [], "embeds": [], "timestamp": f"2026-11-27T09:{number:02}:00+00:00", "edited_timestamp": None,
        "flags": 0, "components": [], "pinned": False, "mention_everyone": False, "tts": False,
    }  # fmt: skip


NOTHING = (
    "icon", "description", "home_header", "splash", "discovery_splash", "banner", "application_id", "afk_channel_id", "system_channel_id",
    "widget_channel_id", "vanity_url_code", "rules_channel_id", "safety_alerts_channel_id", "public_updates_channel_id", "incidents_data",
    "max_presences",
)  # fmt: skip
NUMBERS = (
    "system_channel_flags", "verification_level", "default_message_notifications", "mfa_level", "explicit_content_filter", "premium_tier",
    "premium_subscription_count", "nsfw_level",
)  # fmt: skip


def _guild() -> dict[str, Any]:
    return {
        **dict.fromkeys(NOTHING), **dict.fromkeys(NUMBERS, 0), "id": GUILD, "name": "Tidewater", "features": [], "owner_id": PERSON["id"],
        "region": "deprecated", "afk_timeout": 300, "widget_enabled": False, "roles": [], "max_members": 500000,
        "max_stage_video_channel_users": 50, "max_video_channel_users": 25, "preferred_locale": "en-US",
        "premium_progress_bar_enabled": False, "nsfw": False, "emojis": [], "stickers": [], "approximate_member_count": 5,
        "approximate_presence_count": 2,
    }  # fmt: skip
