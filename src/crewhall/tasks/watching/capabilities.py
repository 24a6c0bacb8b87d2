"""Saying how much one wants to hear of a task. Who comments on a task, and a person who creates one, follows it without a word."""

from __future__ import annotations

from crewhall.accounts import followers, set_watch, watch_of
from crewhall.kit.capability import Call, Kind, Room
from crewhall.tasks.board.inputs import TaskWanted
from crewhall.tasks.board.models import Task
from crewhall.tasks.board.names import find_task
from crewhall.tasks.watching.models import Watched, Watching

room = Room("notifications")  # one toolset with those that read what comes of it


def brief(task: Watched) -> str:
    """One line: what one hears, and who else does."""
    names = ", ".join(one["name"] for one in task["followers"]) or "nobody"
    return f"{task['key']} {task['title']}: {task['watch']} for you; followed by {names}"


@room.capability(
    scope="tasks:read",
    kind=Kind.READ,
    http="GET /api/tasks/{task_id}/followers",
    brief=brief,
    aliases=("list_subscribers", "task_subscribers"),
    questions=("Who follows CH-12?", "Am I subscribed to this ticket?", "Who else is told when CH-12 changes?"),
)
async def get_followers(call: Call, wanted: TaskWanted) -> Watched:
    """Who follows a task, and how much you hear of it."""
    return await _watched(call, await find_task(call, wanted.task_id))


@room.capability(
    scope="notifications:write",
    kind=Kind.WRITE,
    http="PUT /api/tasks/{task_id}/watch",
    brief=brief,
    aliases=("subscribe_task", "follow_task", "mute_task", "unsubscribe_task", "unfollow_task"),
    questions=("Keep me posted on CH-12.", "Mute this ticket, it is too noisy.", "Stop following CH-12."),
)
async def watch_task(call: Call, wanted: Watching) -> Watched:
    """Follow a task, or mute it: how much of it you are told."""
    task = await find_task(call, wanted.task_id)
    await set_watch(call.db, call.actor, task["id"], wanted.watch)
    return await _watched(call, task)


async def _watched(call: Call, task: Task) -> Watched:
    watch = await watch_of(call.db, call.actor, task["id"])
    following = await followers(call.db, call.actor.organisation_id, task["id"])
    return Watched(task_id=task["id"], key=task["key"], title=task["title"], watch=watch, followers=following)
