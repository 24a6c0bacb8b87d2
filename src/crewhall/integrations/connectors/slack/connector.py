"""Slack. Every failure that it knows of comes with status 200."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crewhall.integrations.connectors.slack import models as m
from crewhall.integrations.connectors.slack.manifest import MANIFEST, READS
from crewhall.integrations.kit import Connector, PlatformUnreadable, operation
from crewhall.kit.capability import Kind
from crewhall.kit.errors import ValidationFailed
from crewhall.kit.json import dumps


class Slack(Connector):
    """A workspace."""

    manifest = MANIFEST

    def error_of(self, status: int, body: Any) -> str | None:
        if not isinstance(body, dict) or body.get("ok") is True:
            return None
        return str(body.get("error") or "unknown_error")

    def scope_of(self, body: Any) -> str | None:
        needed = body.get("needed") if isinstance(body, dict) else None
        return str(needed)[:80] if needed else None

    async def _ask(self, method: str, query: Mapping[str, Any], token: str = "access_token") -> Any:
        """A read. Slack counts every method by itself."""
        return await self.get(method, {name: _plain(value) for name, value in query.items()}, part=method, token=token)

    async def whoami(self) -> dict[str, Any]:
        who = await self._ask("auth.test", {})
        return {
            "id": who["team_id"],
            "name": f"{who['team']}, as {who['user']}",
            "team": who["team"],
            "user": who["user"],
            "user_id": who["user_id"],
        }

    @operation(
        scopes=("channels:read", "groups:read"),
        aliases=("slack_channels", "slack_rooms"),
        questions=("Which Slack channels are there?", "What is the id of #general?", "Which channels is the Slack app in?"),
    )
    async def list_channels(self, wanted: m.ChannelsWanted) -> m.ChannelPage:
        """The workspace's channels that the app sees, with their ids."""
        query = {"types": wanted.types, "exclude_archived": wanted.exclude_archived, "limit": wanted.limit, "cursor": wanted.cursor}
        page = await self._ask("conversations.list", query)
        return m.ChannelPage(channels=[_channel(one) for one in _rows(page, "channels")], next_cursor=_next(page))

    @operation(
        scopes=READS,
        aliases=("slack_messages", "read_slack_channel"),
        questions=("What was said in #ops today?", "Read the last messages of the Slack channel.", "Did anybody write in the channel?"),
    )
    async def get_channel_history(self, wanted: m.HistoryWanted) -> m.MessagePage:
        """Messages of a channel, newest first."""
        query = {
            "channel": wanted.channel,
            "oldest": wanted.oldest,
            "latest": wanted.latest,
            "limit": wanted.limit,
            "cursor": wanted.cursor,
        }
        return _messages(await self._ask("conversations.history", query))

    @operation(
        scopes=READS,
        aliases=("slack_thread", "read_slack_thread"),
        questions=("What was answered in this Slack thread?", "Read the whole thread.", "Show the replies to that message."),
    )
    async def get_thread_replies(self, wanted: m.RepliesWanted) -> m.MessagePage:
        """A thread: its first message, then the replies to it."""
        query = {"channel": wanted.channel, "ts": wanted.ts, "limit": wanted.limit, "cursor": wanted.cursor}
        return _messages(await self._ask("conversations.replies", query))

    @operation(
        kind=Kind.OUTWARD,
        scopes=("chat:write",),
        aliases=("post_to_slack", "slack_post_message", "slack_say"),
        questions=("Tell #ops on Slack that the release is out.", "Answer in that Slack thread.", "Post this to the team's channel."),
    )
    async def send_message(self, wanted: m.NewMessage) -> m.Sent:
        """Send a message to a channel, a person or a thread."""
        channel = wanted.channel or self.config.get("default_channel")
        if channel is None:
            raise ValidationFailed.of("channel", "name a channel, or set default_channel of this connection with update_integration")
        body: dict[str, Any] = {"channel": channel, "text": wanted.text, "thread_ts": wanted.thread_ts}
        if wanted.blocks is not None:
            body["blocks"] = dumps(wanted.blocks).decode()
        said = await self.post(
            "chat.postMessage", json={name: value for name, value in body.items() if value is not None}, part="chat.postMessage"
        )
        return m.Sent(channel=str(said["channel"]), ts=str(said["ts"]))

    @operation(
        scopes=("users:read",),
        aliases=("slack_members", "slack_people"),
        questions=("Who is in our Slack?", "What is Ada's Slack id?", "List the users of the workspace."),
    )
    async def list_users(self, wanted: m.UsersWanted) -> m.UserPage:
        """The workspace's users, with their ids; bots and former members are among them."""
        page = await self._ask("users.list", {"limit": wanted.limit, "cursor": wanted.cursor})
        return m.UserPage(users=[_user(one) for one in _rows(page, "members")], next_cursor=_next(page))

    @operation(
        scopes=("users:read",),
        aliases=("slack_user", "slack_profile"),
        questions=("Who is U0123 on Slack?", "Which Slack user has this e-mail?", "Show the Slack profile of that person."),
    )
    async def get_user(self, wanted: m.UserWanted) -> m.User:
        """One user, by id or e-mail."""
        by_email = "@" in wanted.user
        method = "users.lookupByEmail" if by_email else "users.info"
        return _user((await self._ask(method, {"email" if by_email else "user": wanted.user}))["user"])

    @operation(
        scopes=("search:read",),
        token="user_access_token",
        aliases=("search_slack", "slack_search"),
        questions=("Find the Slack message about the outage.", "Who wrote about invoices on Slack?", "Search Slack for the deploy key."),
    )
    async def search_messages(self, wanted: m.SearchWanted) -> m.MatchPage:
        """Messages with these words, in all that the person who connected can see."""
        page = int(wanted.cursor or 1)
        found = await self._ask("search.messages", {"query": wanted.query, "count": wanted.count, "page": page}, "user_access_token")
        part = found.get("messages") or {}
        pages = int((part.get("paging") or {}).get("pages") or 0)
        rows = [_match(one) for one in part.get("matches") or []]
        return m.MatchPage(matches=rows, total=int(part.get("total") or 0), next_cursor=str(page + 1) if page < pages else None)


# What Slack sends, as Crewhall shows it ----------------------------------------------------------------------------------


def _plain(value: Any) -> Any:
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else value


def _rows(page: Mapping[str, Any], name: str) -> list[Any]:
    rows = page.get(name)
    if not isinstance(rows, list):
        raise PlatformUnreadable(f"Slack answered without {name}")
    return rows


def _next(page: Mapping[str, Any]) -> str | None:
    """An empty cursor is the end, as none is."""
    return (page.get("response_metadata") or {}).get("next_cursor") or None


def _channel(one: Mapping[str, Any]) -> m.Channel:
    kind = "im" if one.get("is_im") else "mpim" if one.get("is_mpim") else "private_channel" if one.get("is_private") else "public_channel"
    return m.Channel(
        id=one["id"], name=one.get("name"), kind=kind, is_archived=bool(one.get("is_archived")), is_member=bool(one.get("is_member")),
        topic=(one.get("topic") or {}).get("value") or "", purpose=(one.get("purpose") or {}).get("value") or "",
        members=one.get("num_members"),
    )  # fmt: skip


def _messages(page: Mapping[str, Any]) -> m.MessagePage:
    return m.MessagePage(messages=[_message(one) for one in _rows(page, "messages")], next_cursor=_next(page))


def _message(one: Mapping[str, Any]) -> m.Message:
    return m.Message(
        ts=one["ts"], user=one.get("user") or one.get("bot_id"), text=one.get("text") or "", thread_ts=one.get("thread_ts"),
        replies=int(one.get("reply_count") or 0), subtype=one.get("subtype"),
    )  # fmt: skip


def _user(one: Mapping[str, Any]) -> m.User:
    profile = one.get("profile") or {}
    return m.User(
        id=one["id"], name=one.get("name") or "", real_name=one.get("real_name") or profile.get("real_name"), email=profile.get("email"),
        title=profile.get("title") or None, is_bot=bool(one.get("is_bot")), deleted=bool(one.get("deleted")), tz=one.get("tz"),
    )  # fmt: skip


def _match(one: Mapping[str, Any]) -> m.Match:
    channel = one.get("channel") or {}
    return m.Match(
        ts=one["ts"],
        channel=channel.get("id"),
        user=one.get("user") or one.get("username"),
        text=one.get("text") or "",
        link=one.get("permalink"),
    )
