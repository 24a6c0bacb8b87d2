"""What people say on a task."""

from __future__ import annotations

from uuid import UUID

from crewhall.kit.capability import Call, Kind
from crewhall.kit.errors import NotFound
from crewhall.kit.ids import new_id
from crewhall.kit.paging import cursor_after, read_cursor
from crewhall.tasks.board import brief, events, rules
from crewhall.tasks.board.inputs import CommentEdit, CommentsWanted, CommentWanted, NewComment
from crewhall.tasks.board.models import Comment, CommentPage, Task
from crewhall.tasks.board.names import find_task
from crewhall.tasks.board.room import room
from crewhall.tasks.board.rules import Wanted
from crewhall.tasks.board.store import comments as store
from crewhall.tasks.board.store import tasks as task_store
from crewhall.tasks.board.writing import attached_for, sign_of_life


@room.capability(
    scope="tasks:write",
    kind=Kind.WRITE,
    http="POST /api/tasks/{task_id}/comments",
    status=201,
    brief=brief.comment,
    aliases=("comment", "remark", "note", "reply"),
    questions=("Leave a note on CH-12.", "Tell them what I found.", "Hand over with a comment."),
    pinned=True,
)
async def add_task_comment(call: Call, new: NewComment) -> Comment:
    """Add a comment to a task."""
    task = await find_task(
        call, new.task_id, lock=True, guard=False, fencing_token=new.fencing_token
    )  # so that listeners hear of this task's versions in their order
    comment = await write(call, task, new.comment, new.author)
    call.announce(events.commented(call, task, comment, await people_of(call, task)))
    return comment


async def write(call: Call, task: Task, text: str, on_behalf_of: str | None = None) -> Comment:
    """Keep what the actor says on a locked task; to be announced by whoever asks for it."""
    actor = call.actor
    comment = Comment(
        id=new_id(), task_id=task["id"], comment=text, author=actor.name, author_id=actor.id, author_kind=actor.kind,
        on_behalf_of=on_behalf_of, created_at=call.now, edited_at=None,
    )  # fmt: skip
    await store.add_comment(call.db, actor.organisation_id, comment)
    task = await sign_of_life(call, task)
    task["comment_count"] += 1
    return comment


@room.capability(
    scope="tasks:read",
    kind=Kind.READ,
    http="GET /api/tasks/{task_id}/comments",
    brief=brief.comments,
    aliases=("read_comments", "discussion", "task_conversation"),
    questions=("What was said on CH-12?", "Show older comments.", "Read the discussion."),
)
async def get_task_comments(call: Call, wanted: CommentsWanted) -> CommentPage:
    """What was said on a task, newest first."""
    task = await find_task(call, wanted.task_id)
    found = await store.comments(call.db, call.actor.organisation_id, task["id"], wanted.limit + 1, read_cursor(wanted.cursor))
    shown = found[: wanted.limit]
    return CommentPage(comments=shown, next_cursor=cursor_after(shown[-1]["id"]) if len(found) > len(shown) else None)


@room.capability(
    scope="tasks:write",
    kind=Kind.WRITE,
    http="PATCH /api/tasks/{task_id}/comments/{comment_id}",
    brief=brief.comment,
    aliases=("change_comment", "correct_comment", "fix_remark"),
    questions=("Correct what I wrote.", "Change my comment on CH-12.", "There is a mistake in my note."),
)
async def edit_task_comment(call: Call, edit: CommentEdit) -> Comment:
    """Change a comment of your own; admins and the owner may change every comment."""
    task, comment = await _comment(call, edit)
    if edit.comment == comment["comment"]:
        return comment
    await store.edit_comment(call.db, call.actor.organisation_id, comment["id"], edit.comment, call.now)
    comment["comment"], comment["edited_at"] = edit.comment, call.now
    said = {"id": comment["id"], "text": edit.comment, "author": comment["author"], "edited_at": call.now}
    call.announce(events.comments_changed(call, task, said, await people_of(call, task)))
    return comment


@room.capability(
    scope="tasks:write",
    kind=Kind.DESTRUCTIVE,
    http="DELETE /api/tasks/{task_id}/comments/{comment_id}",
    brief=brief.comment,
    aliases=("remove_comment", "retract_comment", "withdraw_remark"),
    questions=("Delete my comment.", "Take my remark back.", "Remove the note on CH-12."),
)
async def delete_task_comment(call: Call, wanted: CommentWanted) -> Comment:
    """Delete a comment of your own; admins and the owner may delete every comment."""
    task, comment = await _comment(call, wanted)
    await store.delete_comment(call.db, call.actor.organisation_id, comment, call.now)
    task["comment_count"] -= 1
    call.announce(events.comments_changed(call, task, {"id": comment["id"], "deleted": True}, await people_of(call, task)))
    return comment


async def _comment(call: Call, wanted: CommentWanted) -> tuple[Task, Comment]:
    """A comment that the actor may change, on its locked task."""
    task = await find_task(call, wanted.task_id, lock=True, guard=False, fencing_token=wanted.fencing_token)
    comment_id = task_store.as_id(wanted.comment_id)
    comment = await store.comment(call.db, call.actor.organisation_id, task["id"], comment_id) if comment_id else None
    if comment is None:
        raise NotFound(f"{task['key']} has no comment {wanted.comment_id}: get_task_comments lists them", comment_id=wanted.comment_id)
    rules.require_say(call.actor, comment["author_id"])
    return await sign_of_life(call, task), comment


async def people_of(call: Call, task: Task) -> tuple[UUID, ...]:
    """Everybody who shares the task."""
    attached = await attached_for(call, [task], Wanted())
    return tuple(one["id"] for one in attached[task["id"]].assignees) if attached else ()
