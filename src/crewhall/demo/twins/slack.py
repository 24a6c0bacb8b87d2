"""A twin of Slack: a workspace with channels, people and messages. All its refusals have status 200."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from crewhall.demo.twins.consent import Consent
from crewhall.demo.twins.twin import Answer, Twin, page_of

TEAM = {"id": "T0TIDE0001", "name": "Tidewater", "domain": "tidewater"}
BOT, BOT_USER = "B0CREW0001", "U0CREW0001"
SINCE = 1_700_000_000


def _consent() -> Consent:
    return Consent(
        "Slack", "/oauth/v2/authorize", "/api/oauth.v2.access", "/api/auth.revoke", {"slack-client": "slack-secret"}, rotates=True,
        life=43200, prefix="xoxb-", second="authed_user", errors_in_200=True, ok_member=True, revoke_by="bearer", pkce=False,
    )  # fmt: skip


class SlackTwin(Twin):
    """The Web API below /api."""

    prefix = "/api"
    slug = "slack"

    def __init__(self) -> None:
        super().__init__(_consent())
        self.fill()

    def fill(self) -> None:
        names = ["general", "ops", "design", "releases", "random"]
        self.channels = [_channel(number, name) for number, name in enumerate(names)]
        people = [("ada", "Ada Lindqvist"), ("kofi", "Kofi Mensah"), ("mei", "Mei Tanaka"), ("crewhall", "Crewhall")]
        self.users = [_user(number, name, full) for number, (name, full) in enumerate(people)]
        self.messages: dict[str, list[dict[str, Any]]] = {
            channel["id"]: [_message(number, self.users[number % 3]["id"], f"Message {number}") for number in range(1, 8)]
            for channel in self.channels
        }

    def token(self, scopes: str = "channels:read,groups:read,channels:history,chat:write,users:read,users:read.email") -> str:
        """A bot token as somebody pastes it."""
        return self.consent.new_token(scopes)

    def keys(self) -> dict[str, str]:
        token = self.consent.new_token("search:read")
        self.consent.tokens[f"xoxp-{token}"] = self.consent.tokens.pop(token)
        return {"access_token": self.token(), "user_access_token": f"xoxp-{token}"}

    def answers(self) -> Sequence[tuple[str, str, Answer]]:
        reads: list[tuple[str, Answer]] = [
            ("/auth.test", self._auth_test),
            ("/conversations.list", self._channels),
            ("/conversations.history", self._history),
            ("/conversations.replies", self._replies),
            ("/users.list", self._users),
            ("/users.info", self._user),
            ("/users.lookupByEmail", self._by_email),
            ("/search.messages", self._search),
        ]
        both = [(method, path, answer) for path, answer in reads for method in ("GET", "POST")]  # Slack's own library posts its reads
        return [
            *both,
            ("POST", "/chat.postMessage", self._post),
        ]

    def refuse(self, code: str) -> Response:
        return JSONResponse({"ok": False, "error": code})

    def _auth_test(self, request: Request, given: Mapping[str, Any]) -> Any:
        url = f"https://{TEAM['domain']}.slack.com/"
        return {"ok": True, "url": url, "team": TEAM["name"], "user": "crewhall", "team_id": TEAM["id"], "user_id": BOT_USER, "bot_id": BOT}

    def _channels(self, request: Request, given: Mapping[str, Any]) -> Any:
        rows, cursor = page_of(self.channels, given.get("cursor"), int(given.get("limit", 100)))
        return {"ok": True, "channels": rows, "response_metadata": {"next_cursor": cursor or ""}}

    def _history(self, request: Request, given: Mapping[str, Any]) -> Any:
        held = self.messages.get(given.get("channel", ""))
        if held is None:
            return self.refuse("channel_not_found")
        newest = [one for one in reversed(held) if "thread_ts" not in one or one["thread_ts"] == one["ts"]]
        newest = [one for one in newest if float(given.get("oldest", 0)) < float(one["ts"]) < float(given.get("latest", 9e12))]
        return self._page(newest, given)

    def _replies(self, request: Request, given: Mapping[str, Any]) -> Any:
        held = self.messages.get(given.get("channel", ""))
        if held is None:
            return self.refuse("channel_not_found")
        thread = [one for one in held if given.get("ts") in (one["ts"], one.get("thread_ts"))]
        return self._page(thread, given) if thread else self.refuse("thread_not_found")

    @staticmethod
    def _page(rows: Sequence[Any], given: Mapping[str, Any]) -> Any:
        shown, cursor = page_of(rows, given.get("cursor"), int(given.get("limit", 100)))
        page = {"ok": True, "messages": shown, "has_more": cursor is not None, "pin_count": 0}
        more = {"channel_actions_ts": [], "channel_actions_count": 0}
        return page | more | ({"response_metadata": {"next_cursor": cursor}} if cursor else {})

    def _post(self, request: Request, given: Mapping[str, Any]) -> Any:
        held = self.messages.get(given.get("channel", ""))
        if held is None:
            return self.refuse("channel_not_found")
        if not given.get("text") and not given.get("blocks"):
            return self.refuse("no_text")
        message = _message(len(held) + 1, BOT_USER, str(given.get("text") or ""))
        if given.get("thread_ts"):
            message["thread_ts"] = given["thread_ts"]
        held.append(message)
        return {"ok": True, "channel": given["channel"], "ts": message["ts"], "message": message}

    def _users(self, request: Request, given: Mapping[str, Any]) -> Any:
        rows, cursor = page_of(self.users, given.get("cursor"), int(given.get("limit", 100)))
        return {"ok": True, "members": rows, "cache_ts": SINCE, "response_metadata": {"next_cursor": cursor or ""}}

    def _user(self, request: Request, given: Mapping[str, Any]) -> Any:
        found = next((one for one in self.users if one["id"] == given.get("user")), None)
        return {"ok": True, "user": found} if found else self.refuse("user_not_found")

    def _by_email(self, request: Request, given: Mapping[str, Any]) -> Any:
        found = next((one for one in self.users if one["profile"]["email"] == given.get("email")), None)
        return {"ok": True, "user": found} if found else self.refuse("users_not_found")

    def _search(self, request: Request, given: Mapping[str, Any]) -> Any:
        token = request.headers["authorization"].removeprefix("Bearer ")
        if "search:read" not in self.consent.scopes_of(token):
            return JSONResponse({"ok": False, "error": "missing_scope", "needed": "search:read", "provided": self.consent.scopes_of(token)})
        word, count, page = given["query"].lower(), int(given.get("count", 20)), int(given.get("page", 1))
        found = [
            {"type": "message", "ts": one["ts"], "channel": {"id": channel}, "user": one["user"], "text": one["text"], "permalink": f"https://tidewater.slack.com/archives/{channel}/p{one['ts']}"}
            for channel, held in self.messages.items() for one in held if word in one["text"].lower()
        ]  # fmt: skip
        shown = found[(page - 1) * count : page * count]
        paging = {"count": count, "total": len(found), "page": page, "pages": -(-len(found) // count)}
        return {"ok": True, "query": given["query"], "messages": {"total": len(found), "paging": paging, "matches": shown}}


def _channel(number: int, name: str) -> dict[str, Any]:
    topic = {"value": f"All about {name}", "creator": BOT_USER, "last_set": SINCE}
    return {
        "id": f"C0TIDE{number:04}", "name": name, "is_channel": True, "is_group": False, "is_im": False, "created": SINCE,
        "creator": BOT_USER, "is_archived": False, "is_general": number == 0, "unlinked": 0, "name_normalized": name, "is_shared": False,
        "is_ext_shared": False, "is_org_shared": False, "is_member": number < 3, "is_private": False, "is_mpim": False,
        "pending_shared": [], "topic": topic, "purpose": topic, "previous_names": [], "num_members": 4,
    }  # fmt: skip


def _user(number: int, name: str, full: str) -> dict[str, Any]:
    profile = {
        "title": "", "phone": "", "skype": "", "real_name": full, "real_name_normalized": full, "display_name": name,
        "display_name_normalized": name, "status_text": "", "status_emoji": "", "status_expiration": 0, "avatar_hash": "g0123456789a",
        "email": f"{name}@tidewater.example", "team": TEAM["id"], "fields": {}, "image_24": "https://tidewater.example/a.png",
        "image_32": "https://tidewater.example/a.png", "image_48": "https://tidewater.example/a.png",
        "image_72": "https://tidewater.example/a.png", "image_192": "https://tidewater.example/a.png",
        "image_512": "https://tidewater.example/a.png",
    }  # fmt: skip
    return {
        "id": f"U0TIDE{number:04}", "team_id": TEAM["id"], "name": name, "deleted": False, "color": "9f69e7", "real_name": full,
        "tz": "Europe/Lisbon", "tz_label": "Western European Time", "tz_offset": 0, "profile": profile, "is_admin": False,
        "is_owner": False, "is_primary_owner": False, "is_restricted": False, "is_ultra_restricted": False, "is_bot": name == "crewhall",
        "updated": SINCE, "is_app_user": False, "has_2fa": False,
    }  # fmt: skip


def _message(number: int, user: str, text: str) -> dict[str, Any]:
    return {"type": "message", "user": user, "text": text, "ts": f"{SINCE + number * 60}.{number:06}", "team": TEAM["id"]}
