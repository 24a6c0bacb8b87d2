"""One task, one worker."""

from __future__ import annotations

from typing import Any

import pytest

from crewhall.kit.errors import CrewhallError
from tests.harness.hall import Hall


async def lapse(hall: Hall, task: Any) -> None:
    """The claim's time is over since a moment ago."""
    async with hall.world.database.connection() as db:
        await db.execute("update tasks set claim_expires_at = now() - interval '1 millisecond' where id = $1::uuid", str(task["id"]))


async def agent(hall: Hall, name: str = "wren") -> Any:
    return await hall.world.access.actor_of(await hall.join(name, kind="agent"))


async def refused(coming: Any) -> CrewhallError:
    with pytest.raises(CrewhallError) as refusal:
        await coming
    return refusal.value


async def test_the_first_to_claim_has_the_task_and_the_second_is_told_by_whom_and_until_when(hall: Hall) -> None:
    task, wren = await hall.make_task(), await agent(hall)

    claim = await hall.call("claim_task", task_id=task["key"], lease_seconds=600)
    refusal = await refused(hall.call("claim_task", wren, task_id=task["key"]))

    assert (1, "robin", "in_progress") == (claim["fencing_token"], claim["holder"], claim["status"])
    assert ("claimed", 409, "robin", claim["expires_at"]) == (
        refusal.code, refusal.http_status, refusal.details["holder"], refusal.details["expires_at"]
    )  # fmt: skip
    assert 590 < int(str(refusal.details["retry_after"])) <= 600
    shown = await hall.call("get_task", wren, task_id=task["key"])
    assert ("robin", claim["expires_at"]) == (shown["claim"]["holder"], shown["claim"]["expires_at"])
    listed = (await hall.call("get_tasks", wren))["tasks"][0]
    assert shown["claim"] == listed["claim"]


async def test_what_ran_out_is_anybodys_and_the_old_token_is_stale(hall: Hall) -> None:
    task, wren = await hall.make_task(), await agent(hall)
    old = await hall.call("claim_task", task_id=task["key"])
    await lapse(hall, task)

    claim = await hall.call("claim_task", wren, task_id=task["key"])
    refusals = [
        await refused(hall.call(name, task_id=task["key"], fencing_token=old["fencing_token"], **given))
        for name, given in (
            ("renew_claim", {}), ("release_claim", {}), ("update_task", {"title": "x"}), ("delete_task", {}), ("place_task", {}),
            ("update_task_status", {"new_status": "completed"}), ("add_task_comment", {"comment": "x"}),
        )
    ]  # fmt: skip

    assert (2, "robin") == (claim["fencing_token"], claim["taken_from"])
    assert {"stale_claim"} == {refusal.code for refusal in refusals}
    shown = await hall.call("get_task", task_id=task["key"])
    assert ("wren", 0, "Paint the gate") == (shown["claim"]["holder"], shown["comment_count"], shown["title"])
