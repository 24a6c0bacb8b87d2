"""Granola: notes by its API, and from files; and what is counted in those that are kept here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time
from typing import Any

from crewhall.integrations.connectors.granola import counting
from crewhall.integrations.connectors.granola import models as m
from crewhall.integrations.connectors.granola.manifest import MANIFEST
from crewhall.integrations.kit import ConnectorError, Missing, NeedsReconnect, PlatformBusy, PlatformUnreadable, operation
from crewhall.integrations.kit.shelf import Metric, Note, Wish
from crewhall.integrations.notes.library import LibraryConnector
from crewhall.integrations.notes.models import NewFile
from crewhall.integrations.notes.reading import action_items
from crewhall.kit.capability import Kind
from crewhall.kit.errors import Conflict, NotFound
from crewhall.kit.model import nearest


class Granola(LibraryConnector):
    """What one key sees, or a library of files."""

    manifest = MANIFEST
    source = "granola"

    def error_of(self, status: int, body: Any) -> str | None:
        return "not_found" if status == 404 else None

    async def account(self) -> dict[str, Any]:
        """Nothing tells whose key it is but the notes that it opens."""
        notes = _rows(await self.get("v1/notes", {"page_size": 1}), "notes")
        owner = (notes[0].get("owner") or {}) if notes else {}
        name = str(owner.get("email") or owner.get("name") or "Granola")
        return {"id": name, "name": name}

    # Notes -------------------------------------------------------------------------------------------------------------

    @operation(
        aliases=("granola_meetings", "granola_meeting_notes"),
        questions=("Which meeting notes are in Granola?", "List this week's Granola notes.", "What did Granola note lately?"),
    )
    async def list_notes(self, wanted: m.NotesWanted) -> m.NotePage:
        """Notes of Granola, with a key; without one, those that are kept here."""
        if not await self.has_key():
            notes, following = await self.shelf.page(
                self.source, Wish(after=wanted.after, before=wanted.before), wanted.limit, wanted.cursor
            )  # fmt: skip
            return m.NotePage(notes=[_kept(note) for note in notes], next_cursor=following)
        page = await self._list(wanted)
        return m.NotePage(notes=[_row(_note(one), kept=False) for one in _rows(page, "notes")], next_cursor=_next(page))

    async def _list(self, wanted: m.NotesWanted) -> Any:
        query = {"created_after": _instant(wanted.after), "created_before": _instant(wanted.before)}
        return await self.get("v1/notes", {"page_size": wanted.limit, "cursor": wanted.cursor, **query})

    @operation(
        aliases=("granola_note", "read_granola"),
        questions=("Read this Granola note.", "What was said in that meeting, says Granola?", "What is to be done after it?"),
    )
    async def get_note(self, wanted: m.NoteWanted) -> m.WholeNote:
        """One note with its summary and transcript; kept here, so that it is asked for once."""
        note, kept = await self._one(wanted.note_id, fresh=wanted.fresh)
        return m.WholeNote(**_row(note, kept=kept), summary=note.summary, action_items=list(note.action_items), text=note.text)

    async def _one(self, note_id: str, *, fresh: bool = False) -> tuple[Note, bool]:
        fresh = fresh and not note_id.startswith("file-") and await self.has_key()
        kept = None if fresh else await self.shelf.note(self.source, note_id)
        if kept is not None:
            return kept, True
        if note_id.startswith("file-") or not await self.has_key():
            raise self.unknown("note")
        note = _note(await self.get(f"v1/notes/{note_id}", {"include": "transcript"}))
        await self.shelf.keep([note])
        return note, False

    @operation(
        aliases=("granola_folders",),
        questions=("Which folders does Granola have?", "List the Granola folders.", "How are the Granola notes sorted?"),
    )
    async def list_folders(self, wanted: m.FoldersWanted) -> m.FolderPage:
        """Granola's folders; without a key, those of the library here."""
        if not await self.has_key():
            found = await self.shelf.folders(self.source)
            return m.FolderPage(folders=[m.Folder(id=name, name=name) for name in sorted(found)], next_cursor=None)
        page = await self.get("v1/folders", {"page_size": wanted.limit, "cursor": wanted.cursor})
        rows = [m.Folder(id=one["id"], name=one.get("name") or "") for one in _rows(page, "folders")]
        return m.FolderPage(folders=rows, next_cursor=_next(page))

    @operation(
        kind=Kind.WRITE,
        aliases=("import_granola_note", "upload_granola_note"),
        questions=("Keep this Granola note.", "Here is the note from Granola.", "Import what I copied out of Granola."),
    )
    async def add_note(self, wanted: NewFile) -> m.NoteRow:
        """Keep a note from text that was copied or exported; for everybody, whatever the plan."""
        return _kept(await self.shelve(wanted))

    @operation(
        kind=Kind.WRITE,
        aliases=("sync_granola", "pull_granola_notes"),
        questions=("Bring the Granola notes here.", "Sync the Granola notes of this month.", "Keep what Granola noted."),
    )
    async def sync_notes(self, wanted: m.SyncWanted) -> m.Synced:
        """Keep Granola's notes here, a page at a time: only what is kept here is counted and searched."""
        await self.require_key()
        page = await self._list(wanted)
        notes: list[m.NoteRow] = []
        missing: list[Missing] = []
        for one in _rows(page, "notes"):
            try:
                note, kept = await self._one(str(one["id"]), fresh=wanted.fresh)
                notes.append(_row(note, kept=kept))
            except (NeedsReconnect, PlatformBusy):
                raise  # the others would meet the same
            except ConnectorError as trouble:
                missing.append(Missing(what=str(one["id"]), reason=trouble.message))
        return m.Synced(notes=notes, next_cursor=_next(page), missing=missing)

    # What is counted -----------------------------------------------------------------------------------------------------

    @operation(
        aliases=("granola_metrics", "meeting_metrics"),
        questions=("What is counted in our meetings?", "Which meeting metrics are there?", "Which metrics did we add ourselves?"),
    )
    async def list_metrics(self, wanted: m.NoInput) -> m.MetricList:
        """What is counted in the notes that are kept here, and what people added to it."""
        custom = await self.shelf.metrics(self.source)
        return m.MetricList(
            metrics=[*(_info(one, custom=False) for one in counting.BUILT_IN), *(_info(one, custom=True) for one in custom)]
        )

    @operation(
        aliases=("granola_metric", "how_many_meetings"),
        questions=("How many meetings did we have this month?", "How many minutes were we in meetings?", "How many action items came up?"),
    )
    async def get_metric(self, wanted: m.MetricWanted) -> m.MetricValue:
        """One metric over a time, and week by week; counted here, in the notes that are kept."""
        metric, (start, end) = await self._metric(wanted.metric_id), counting.window(wanted, _now())
        notes = await self._counted(start, end, metric)
        return m.MetricValue(
            id=metric.name, title=metric.title, start=start, end=end, value=counting.value(metric.measure, notes), notes=len(notes),
            weeks=counting.weeks(metric.measure, notes, start, end),
        )  # fmt: skip

    async def _metric(self, metric_id: str) -> Metric:
        known = {one.name: one for one in (*await self.shelf.metrics(self.source), *counting.BUILT_IN)}
        if metric_id not in known:
            meant = nearest(metric_id, known)
            raise NotFound(f"There is no metric {metric_id}{f', did you mean {meant}?' if meant else ''}: granola_list_metrics names them")
        return known[metric_id]

    async def _counted(self, start: datetime, end: datetime, metric: Metric | None = None) -> Sequence[Note]:
        return await self.shelf.counted(self.source, Wish(after=start, before=end), metric)

    @operation(
        aliases=("granola_dashboard", "meeting_dashboard"),
        questions=("How did our meetings change?", "Show the meeting figures of the last four weeks.", "More meetings than before?"),
    )
    async def get_dashboard_metrics(self, wanted: m.Window) -> m.Dashboard:
        """Every metric over a time, beside the time before it; counted here, in the notes that are kept."""
        start, end = counting.window(wanted, _now())
        metrics = [*counting.BUILT_IN, *await self.shelf.metrics(self.source)]
        rows = [
            counting.compared(one, await self._counted(start, end, one), await self._counted(start - (end - start), start, one))
            for one in metrics
        ]
        return m.Dashboard(start=start, end=end, notes=len(await self._counted(start, end)), metrics=rows)

    @operation(
        aliases=("granola_kpis", "meeting_kpis"),
        questions=("How long are our meetings?", "How many meetings a week do we have?", "How many action items does a meeting bring?"),
    )
    async def get_kpis(self, wanted: m.KpisWanted) -> m.KpiList:
        """Figures a week and a meeting, beside the time before; counted here, in the notes that are kept."""
        start, end = counting.window(wanted, _now())
        notes, before = await self._counted(start, end), await self._counted(start - (end - start), start)
        return m.KpiList(start=start, end=end, kpis=counting.kpis(wanted.category, notes, before, end - start))

    @operation(
        aliases=("granola_insights", "meeting_insights"),
        questions=("What do our meetings show?", "On which day do we meet most?", "Who is in most of our meetings?"),
    )
    async def get_insights(self, wanted: m.Window) -> m.InsightList:
        """What the notes of a time show: the busiest day, who was met most, the longest; counted, not guessed at."""
        start, end = counting.window(wanted, _now())
        return m.InsightList(start=start, end=end, insights=counting.insights(await self._counted(start, end)))

    @operation(
        aliases=("granola_trends", "meeting_trends"),
        questions=("Do we meet more and more?", "How did the minutes in meetings develop?", "Show the trend of action items by month."),
    )
    async def get_trends(self, wanted: m.TrendWanted) -> m.Trend:
        """A metric week by week or month by month, and where it goes; counted here, in the notes that are kept."""
        metric, now = await self._metric(wanted.metric_id), _now()
        begins = counting.periods(wanted.period, wanted.count, now)
        start = datetime.combine(begins[0], time(), UTC)
        return counting.trend(metric, await self._counted(start, now, metric), begins, wanted.period)

    @operation(
        kind=Kind.WRITE,
        aliases=("new_metric", "count_in_meetings"),
        questions=(
            "Count the meetings about hiring.",
            "Make a metric for meetings with Ada.",
            "Count the minutes in budget meetings.",
        ),
    )
    async def create_custom_metric(self, wanted: m.NewMetric) -> m.MetricInfo:
        """Count something of your own in notes, such as meetings with a word or a person; the same id again replaces it."""
        metric = Metric(wanted.metric_id, wanted.title, wanted.measure, wanted.word, wanted.attendee)
        if metric.name in {one.name for one in counting.BUILT_IN}:
            raise Conflict(f"{metric.name} is always counted: give yours another id")
        await self.shelf.add_metric(self.source, metric)
        return _info(metric, custom=True)


# What Granola sends, as Crewhall shows it ---------------------------------------------------------------------------------------


def _now() -> datetime:
    return datetime.now(UTC)


def _instant(at: datetime | None) -> str | None:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z") if at else None


def _rows(page: Mapping[str, Any], name: str) -> list[Any]:
    rows = page.get(name)
    if not isinstance(rows, list):
        raise PlatformUnreadable(f"Granola answered without {name}")
    return rows


def _next(page: Mapping[str, Any]) -> str | None:
    return (page.get("cursor") or None) if page.get("hasMore") else None


def _info(metric: Metric, *, custom: bool) -> m.MetricInfo:
    return m.MetricInfo(
        id=metric.name, title=metric.title, measure=metric.measure, word=metric.word, attendee=metric.attendee, is_custom=custom
    )  # fmt: skip


def _row(note: Note, *, kept: bool) -> m.NoteRow:
    return m.NoteRow(
        id=note.external_id, title=note.title, at=note.started_at, minutes=note.minutes, attendees=list(note.attendees), link=note.link,
        is_kept=kept,
    )  # fmt: skip


def _kept(note: Note) -> m.NoteRow:
    return _row(note, kept=True)


def _note(one: Mapping[str, Any]) -> Note:
    event = one.get("calendar_event") or {}
    people = one.get("attendees") or event.get("invitees") or []
    starts, ends = _at(event.get("scheduled_start_time")), _at(event.get("scheduled_end_time"))
    said = [str(part["text"]) for part in one.get("transcript") or [] if part.get("text")]
    summary = str(one.get("summary_markdown") or one.get("summary_text") or "")
    folders = one.get("folder_membership") or []
    return Note(
        "granola", str(one["id"]), str(one.get("title") or event.get("event_title") or "Untitled")[:500], "\n".join(said),
        starts or _at(one["created_at"]), round((ends - starts).total_seconds() / 60, 1) if starts and ends and ends > starts else None,
        tuple(dict.fromkeys(str(person.get("email") or person.get("name")) for person in people)), action_items(summary), summary,
        one.get("web_url"), str(folders[0]["name"]) if folders else None,
    )  # fmt: skip


def _at(text: str | None) -> datetime | None:
    at = datetime.fromisoformat(text) if text else None
    return at.replace(tzinfo=UTC) if at and at.tzinfo is None else at
