"""Fireflies. Small plans answer 50 requests a day: what was read once is kept, and read here the next time."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from crewhall.integrations.connectors.fireflies import models as m
from crewhall.integrations.connectors.fireflies.manifest import MANIFEST
from crewhall.integrations.kit import PlatformRefused, operation
from crewhall.integrations.kit.graphql import GraphQLConnector, RawAnswer, RawQuery, require_kind
from crewhall.integrations.kit.shelf import Note
from crewhall.kit.capability import Kind

SOURCE = "fireflies"
ROW = "id title dateString duration host_email organizer_email participants transcript_url"
WHO = "query { user { user_id name email num_transcripts } }"
LIST = f"""
query ($limit: Int, $skip: Int, $from: DateTime, $to: DateTime, $host: String, $participant: String, $mine: Boolean, $keyword: String,
       $scope: String) {{
  transcripts(limit: $limit, skip: $skip, fromDate: $from, toDate: $to, host_email: $host, participant_email: $participant, mine: $mine,
              keyword: $keyword, scope: $scope) {{ {ROW} }}
}}
"""
ONE = f"""
query ($id: String!) {{
  transcript(id: $id) {{
    {ROW}
    sentences {{ speaker_name text }}
    summary {{ overview action_items keywords }}
    meeting_info {{ summary_status }}
  }}
}}
"""
UNFINISHED = {"processing", "preprocessing", "in_progress", "pending"}
_BULLET = re.compile(r"^\W{0,6}")


class Fireflies(GraphQLConnector):
    """What one account sees."""

    manifest = MANIFEST
    path = "graphql"

    async def whoami(self) -> dict[str, Any]:
        who = (await self.ask(WHO))["user"]
        return {"id": who["user_id"], "name": who["email"] or who["name"], "transcripts": who["num_transcripts"]}

    @operation(
        aliases=("fireflies_meetings", "recorded_meetings"),
        questions=("Which meetings did Fireflies record this week?", "List the transcripts of Ada's meetings.", "What was recorded today?"),
    )
    async def list_transcripts(self, wanted: m.TranscriptsWanted) -> m.TranscriptPage:
        """Recorded meetings, the newest first, by time and people; without what was said."""
        return await self._page(wanted.limit, wanted.cursor, {
            "from": _instant(wanted.after), "to": _instant(wanted.before), "host": wanted.host_email,
            "participant": wanted.participant_email, "mine": wanted.mine,
        })  # fmt: skip

    @operation(
        aliases=("search_fireflies", "find_meeting"),
        questions=(
            "In which meeting did we talk about the crane?",
            "Find the transcript about the budget.",
            "Search Fireflies for the release.",
        ),
    )
    async def search_transcripts(self, wanted: m.SearchWanted) -> m.TranscriptPage:
        """Recorded meetings with these words in their title or in what was said."""
        return await self._page(wanted.limit, wanted.cursor, {"keyword": wanted.query, "scope": wanted.scope})

    async def _page(self, limit: int, cursor: str | None, given: Mapping[str, Any]) -> m.TranscriptPage:
        skip = int(cursor or 0)
        rows = (await self.ask(LIST, {"limit": limit, "skip": skip, **given}))["transcripts"] or []
        return m.TranscriptPage(transcripts=[_row(one) for one in rows], next_cursor=str(skip + limit) if len(rows) == limit else None)

    @operation(
        aliases=("read_transcript", "fireflies_transcript"),
        questions=("What was said in this meeting?", "Read the Fireflies transcript.", "Who said what about the deadline?"),
    )
    async def get_transcript(self, wanted: m.TranscriptWanted) -> m.WholeTranscript:
        """A recorded meeting with all that was said; kept here, so that it is asked for once."""
        note, kept = await self._note(wanted)
        at = note.started_at.isoformat() if note.started_at else None
        return m.WholeTranscript(
            id=note.external_id, title=note.title, at=at, minutes=note.minutes, participants=list(note.attendees),
            link=note.link, text=note.text, overview=note.summary, action_items=list(note.action_items), is_kept=kept,
        )  # fmt: skip

    @operation(
        aliases=("meeting_summary", "fireflies_summary"),
        questions=("What was the meeting about?", "What is to be done after this meeting?", "Sum up the Fireflies recording."),
    )
    async def get_transcript_summary(self, wanted: m.TranscriptWanted) -> m.Summary:
        """What a recorded meeting was about and what is to be done, in Fireflies' words."""
        note, kept = await self._note(wanted)
        overview, _, keywords = note.summary.partition("\n\nKeywords: ")
        return m.Summary(
            id=note.external_id, title=note.title, overview=overview, action_items=list(note.action_items),
            keywords=keywords.split(", ") if keywords else [], is_kept=kept,
        )  # fmt: skip

    async def _note(self, wanted: m.TranscriptWanted) -> tuple[Note, bool]:
        """The transcript, and whether it was read here. One that Fireflies still works on is not kept."""
        kept = None if wanted.fresh else await self.shelf.note(SOURCE, wanted.transcript_id)
        if kept is not None:
            return kept, True
        found = (await self.ask(ONE, {"id": wanted.transcript_id}))["transcript"]
        if found is None:
            raise PlatformRefused(f"Fireflies refused: {MANIFEST.words['object_not_found']}", status_code=200, platform=SOURCE)
        note = _note(found)
        if note.text and (found["meeting_info"] or {}).get("summary_status") not in UNFINISHED:
            await self.shelf.keep([note])
        return note, False

    @operation(
        aliases=("fireflies_graphql", "ask_fireflies"),
        questions=(
            "Ask Fireflies something of my own in GraphQL.",
            "Run this query on Fireflies.",
            "What does Fireflies measure of speakers?",
        ),
    )
    async def run_query(self, wanted: RawQuery) -> RawAnswer:
        """Ask Fireflies in GraphQL, for what no other operation asks; it must be a query."""
        require_kind(wanted.query, "query")
        return RawAnswer(data=await self.ask(wanted.query, wanted.variables))

    @operation(
        kind=Kind.OUTWARD,
        aliases=("fireflies_graphql_mutation", "upload_audio_to_fireflies"),
        questions=("Upload this recording to Fireflies.", "Run this mutation on Fireflies.", "Delete a transcript with GraphQL."),
    )
    async def run_mutation(self, wanted: RawQuery) -> RawAnswer:
        """Change something at Fireflies in GraphQL, such as uploading a recording; it must be a mutation."""
        require_kind(wanted.query, "mutation")
        return RawAnswer(data=await self.ask(wanted.query, wanted.variables, again=False))


# What Fireflies sends, as Crewhall shows it --------------------------------------------------------------------------------------


def _instant(at: datetime | None) -> str | None:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z") if at else None


def _minutes(one: Mapping[str, Any]) -> float | None:
    duration = one["duration"]
    return round(float(duration), 1) if duration is not None else None


def _row(one: Mapping[str, Any]) -> m.Transcript:
    return m.Transcript(
        id=one["id"], title=one["title"] or "", at=one["dateString"], minutes=_minutes(one),
        host_email=one["host_email"] or one["organizer_email"], participants=list(one["participants"] or []), link=one["transcript_url"],
    )  # fmt: skip


def _note(one: Mapping[str, Any]) -> Note:
    row, summary = _row(one), one["summary"] or {}
    keywords = ", ".join(summary.get("keywords") or [])
    return Note(
        SOURCE, row["id"], row["title"], _text(one["sentences"] or []), datetime.fromisoformat(row["at"]) if row["at"] else None,
        row["minutes"], tuple(row["participants"]), _items(summary.get("action_items") or ""),
        f"{summary.get('overview') or ''}\n\nKeywords: {keywords}" if keywords else summary.get("overview") or "", row["link"],
    )  # fmt: skip


def _text(sentences: list[Mapping[str, Any]]) -> str:
    """Sentences of one speaker, one after the other, on one line."""
    turns: list[tuple[str | None, list[str]]] = []
    for one in sentences:
        if not turns or turns[-1][0] != one["speaker_name"]:
            turns.append((one["speaker_name"], []))
        turns[-1][1].append(str(one["text"] or ""))
    return "\n".join(f"{speaker}: {' '.join(said)}" if speaker else " ".join(said) for speaker, said in turns)


def _items(text: str) -> tuple[str, ...]:
    """Fireflies writes them as text: a heading with a name, and a line for each."""
    lines = [line.strip() for line in text.split("\n")]
    return tuple(_BULLET.sub("", line)[:500] for line in lines if line and not line.startswith("**"))
