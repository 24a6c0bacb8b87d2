"""Following a task without having a part in it, and not hearing of one."""

from __future__ import annotations

from typing import Any

import pytest

from crewhall.kit.errors import NotFound
from tests.harness.hall import Hall, Person
from tests.harness.notified import hearing, told_of


async def _watch(person: Person, task: Any, watch: str) -> Any:
    reply = await person.rest.put(f"/api/tasks/{task['key']}/watch", json={"watch": watch})
    assert 200 == reply.status_code, reply.text
    return reply.json()


async def _comment(hall: Hall, task: Any, text: str = "Two coats.") -> None:
    await hall.call("add_task_comment", task_id=task["key"], comment=text)


async def test_who_watches_a_task_hears_of_comments_and_of_its_end(hall: Hall) -> None:
    ada, task = await hall.person(name="Ada"), await hall.make_task("Paint the gate")
    watched = await _watch(ada, task, "watching")
    async with hearing(hall, ada.actor) as ear:
        await _comment(hall, task)
        commented = (await ear.next())["notification"]
        await hall.move(task, "completed")
        finished = (await ear.next())["notification"]

    assert ("watching", ["Ada"]) == (watched["watch"], [one["name"] for one in watched["followers"]])
    assert ("commented", "Two coats.") == (commented["kind"], commented["excerpt"])
    assert ("finished", f"robin completed {task['key']} Paint the gate") == (finished["kind"], finished["title"])


async def test_whoever_commented_hears_the_answer(hall: Hall) -> None:
    ada, task = await hall.person(name="ada"), await hall.make_task()
    await ada.rest.post(f"/api/tasks/{task['key']}/comments", json={"comment": "Red or green?"})
    async with hearing(hall, ada.actor) as ear:
        await _comment(hall, task, "Green.")
        assert "Green." == (await ear.next())["notification"]["excerpt"]


async def test_a_person_hears_how_what_they_asked_for_ended_and_a_program_does_not(hall: Hall) -> None:
    ada = await hall.person(name="ada")
    hers = (await ada.rest.post("/api/tasks", json={"title": "Hers"})).json()
    async with hearing(hall, ada.actor) as ear:
        await hall.move(hers, "completed")
        assert "finished" == (await ear.next())["notification"]["kind"]
        by_program = await hall.make_task("A program's")
        await ada.rest.put(f"/api/tasks/{by_program['key']}/status", json={"new_status": "completed"})
        await hall.make_task("Next", assignee_id=ada.email)
        await ear.next()  # all before it was handled

    assert [] == (await hall.call("get_notifications"))["notifications"]
    assert [] == (await hall.call("get_followers", task_id=by_program["key"]))["followers"]


async def test_a_muted_task_tells_only_what_is_meant_for_one(hall: Hall) -> None:
    ada = await hall.person(name="ada")
    async with hearing(hall, ada.actor) as ear:
        task = await hall.make_task(assignee_id=ada.email)
        await ear.next()
        await _watch(ada, task, "muted")
        await _comment(hall, task, "Only noise.")
        await _comment(hall, task, f"@{ada.actor.username}, really.")
        assert "mentioned" == (await ear.next())["notification"]["kind"]
        await hall.move(task, "completed")
        await hall.make_task("Next", assignee_id=ada.email)
        await ear.next()

    assert ["assigned", "mentioned", "assigned"] == [kind for kind, _ in await told_of(ada)]


async def test_a_comment_does_not_end_that_somebody_muted_the_task(hall: Hall) -> None:
    ada, task = await hall.person(name="ada"), await hall.make_task()
    await _watch(ada, task, "muted")
    async with hearing(hall, ada.actor) as ear:
        await ada.rest.post(f"/api/tasks/{task['key']}/comments", json={"comment": "Once and for all."})
        await hall.make_task("Next", assignee_id=ada.email)
        await ear.next()

    assert "muted" == (await ada.rest.get(f"/api/tasks/{task['key']}/followers")).json()["watch"]


async def test_as_usual_is_as_if_nothing_had_been_said(hall: Hall) -> None:
    ada, task = await hall.person(name="ada"), await hall.make_task()
    await _watch(ada, task, "watching")

    again = await _watch(ada, task, "usual")

    assert ("usual", []) == (again["watch"], again["followers"])


async def test_who_may_not_see_a_task_neither_watches_it_nor_hears_of_it(hall: Hall) -> None:
    owner, ada = await hall.owner(), await hall.person(name="ada")
    task = await hall.make_task("Secret plan", project="Closed")
    await _watch(ada, task, "watching")
    await hall.call("update_project", owner.actor, project_id="Closed", visibility="private")
    async with hearing(hall, ada.actor) as ear:
        await owner.rest.post(f"/api/tasks/{task['key']}/comments", json={"comment": "Not for ada."})
        await owner.rest.post("/api/tasks", json={"title": "Open", "assignee_id": ada.email})
        await ear.next()

    assert ["assigned"] == [kind for kind, _ in await told_of(ada)]
    assert 404 == (await ada.rest.put(f"/api/tasks/{task['key']}/watch", json={})).status_code
    with pytest.raises(NotFound):
        await hall.call("get_followers", ada.actor, task_id=task["key"])


async def test_a_word_that_is_none_of_the_three_is_refused_with_the_three(hall: Hall) -> None:
    ada, task = await hall.person(name="ada"), await hall.make_task()

    refused = await ada.rest.put(f"/api/tasks/{task['key']}/watch", json={"watch": "sometimes"})

    assert 422 == refused.status_code
    assert all(word in refused.text for word in ("watching", "muted", "usual"))
