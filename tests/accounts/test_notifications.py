"""Notifications: who is told of what, once, and what becomes of it."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crewhall.accounts import unread_notifications
from crewhall.accounts.notifications import Topic, filling, jobs, rules, store
from crewhall.app import World
from crewhall.kit.capability import Announcement
from crewhall.kit.ids import new_id
from crewhall.kit.json import dumps
from crewhall.kit.settings import Settings
from crewhall.live import Batch, LoggedEvent
from tests.harness.events import announce
from tests.harness.hall import Hall, Person
from tests.harness.notified import hearing, told_of


async def _id_of_the_only(person: Person) -> str:
    (one,) = (await person.rest.get("/api/v1/notifications")).json()["notifications"]
    return str(one["id"])


async def _give(hall: Hall, person: Person, title: str = "Paint the gate", **fields: Any) -> dict[str, Any]:
    """A task for somebody, and wait until they were told of it."""
    async with hearing(hall, person.actor) as ear:
        task = await hall.make_task(title, assignee_id=person.email, **fields)
        assert task["key"] == (await ear.next())["notification"]["task_key"]
    return task


# Who is told ----------------------------------------------------------------------------------------------------------------


async def test_somebody_hears_at_once_that_a_task_is_theirs(hall: Hall) -> None:
    ada = await hall.person(name="Ada")
    async with hearing(hall, ada.actor) as ear:
        task = await hall.make_task("Paint the gate", assignee_id=ada.email)
        told = await ear.next()

    assert ("notification", 1, f"robin gave you {task['key']} Paint the gate") == (told["type"], told["unread"], told["message"])
    assert [("assigned", task["key"])] == await told_of(ada)
    assert "task_id" not in told, "a stream of changes would take it for a change of the task"


async def test_who_joins_a_task_later_is_told_and_who_was_there_before_is_not(hall: Hall) -> None:
    ada, bob = await hall.person(name="ada"), await hall.person(name="bob")
    task = await _give(hall, ada)

    async with hearing(hall, bob.actor) as ear:
        reply = await hall.rest.patch(f"/api/tasks/{task['key']}", json={"assignees": [ada.email, bob.email]})
        assert 200 == reply.status_code, reply.text
        await ear.next()

    assert [("assigned", task["key"])] == await told_of(bob)
    assert [("assigned", task["key"])] == await told_of(ada), "only of the beginning"


async def test_nobody_is_told_of_their_own_doings(hall: Hall) -> None:
    ada = await hall.person(name="ada")
    async with hearing(hall, ada.actor) as ear:
        mine = (await ada.rest.post("/api/tasks", json={"title": "Mine", "assignee_id": "me"})).json()
        await ada.rest.post(f"/api/tasks/{mine['key']}/comments", json={"comment": f"note to @{ada.actor.username}"})
        theirs = await hall.make_task("Theirs", assignee_id=ada.email)
        await ear.next()

    assert [("assigned", theirs["key"])] == await told_of(ada)


async def test_a_comment_is_told_to_who_shares_the_task_and_who_created_it(hall: Hall) -> None:
    ada, bob = await hall.person(name="ada"), await hall.person(name="Bob")
    task = (await ada.rest.post("/api/tasks", json={"title": "Gate"})).json()
    async with hearing(hall, ada.actor) as ear:
        await bob.rest.post(f"/api/tasks/{task['key']}/comments", json={"comment": "Which colour?\nGreen?"})
        told = (await ear.next())["notification"]

    assert ("commented", "Which colour? Green?", "Bob") == (told["kind"], told["excerpt"], told["actor_name"])
    assert [] == await told_of(bob)


async def test_a_mention_counts_more_than_the_comment_that_it_is_in(hall: Hall) -> None:
    ada = await hall.person(name="ada")
    task = await _give(hall, ada)
    async with hearing(hall, ada.actor) as ear:
        await hall.rest.post(f"/api/tasks/{task['key']}/comments", json={"comment": f"@{ada.actor.username.upper()}, please look."})
        assert "mentioned" == (await ear.next())["notification"]["kind"]

    assert [("mentioned", task["key"]), ("assigned", task["key"])] == await told_of(ada)


async def test_an_edit_tells_only_whom_the_comment_did_not_tell_before(hall: Hall) -> None:
    ada, bob = await hall.person(name="ada"), await hall.person(name="bob")
    task = await hall.make_task()
    where = f"/api/tasks/{task['key']}/comments"
    async with hearing(hall, ada.actor) as ear:
        comment = (await hall.rest.post(where, json={"comment": f"@{ada.actor.username} look"})).json()
        await ear.next()
    async with hearing(hall, bob.actor) as ear:
        text = f"@{ada.actor.username} @{bob.actor.username} look"
        await hall.rest.patch(f"{where}/{comment['id']}", json={"comment": text})
        await ear.next()

    assert [("mentioned", task["key"])] == await told_of(ada)
    assert [("mentioned", task["key"])] == await told_of(bob)


async def test_a_new_description_mentions_only_who_was_not_in_the_old_one(hall: Hall) -> None:
    ada, bob = await hall.person(name="ada"), await hall.person(name="bob")
    async with hearing(hall, ada.actor) as ear:
        task = await hall.make_task(description=f"Ask @{ada.actor.username}.")
        await ear.next()
    async with hearing(hall, bob.actor) as ear:
        text = f"Ask @{ada.actor.username} or @{bob.actor.username}"
        await hall.rest.patch(f"/api/tasks/{task['key']}", json={"description": text})
        await ear.next()

    assert [("mentioned", task["key"])] == await told_of(ada)


async def test_a_room_above_says_whom_its_own_events_concern(hall: Hall) -> None:
    ada = await hall.person(name="ada")
    data = {"message": "Is blue right?", "notify": {"approval_asked": [str(ada.actor.id)], "nothing_known": [str(ada.actor.id)]}}
    async with hearing(hall, ada.actor) as ear:
        await _announce(hall, Announcement("approval_requested", "approval", new_id(), data))
        assert "approval_asked" == (await ear.next())["notification"]["kind"]


async def test_whoever_may_not_hear_of_something_is_not_notified_of_it_either(hall: Hall) -> None:
    ada, bob = await hall.person(name="ada"), await hall.person(name="bob")
    data = {"message": "hush", "notify": {"approval_asked": [str(ada.actor.id), str(bob.actor.id)]}}
    async with hearing(hall, bob.actor) as ear:
        await _announce(hall, Announcement("approval_requested", "approval", new_id(), data, audience=(bob.actor.id,)))
        await ear.next()

    assert [] == await told_of(ada)


async def test_members_of_another_organisation_are_not_found_by_their_name(hall: Hall, world: World) -> None:
    other = await Hall.open(world, hall.app)
    ada, stranger = await hall.person(name="ada"), await other.person(name="eve")
    task = await hall.make_task()
    async with hearing(hall, ada.actor) as ear:
        text = f"@{stranger.actor.username} @{ada.actor.username} {stranger.actor.id}"
        await hall.rest.post(f"/api/tasks/{task['key']}/comments", json={"comment": text})
        await ear.next()

    assert [] == await told_of(stranger)
    await other.rest.aclose()


async def test_whoever_has_left_is_told_nothing(hall: Hall) -> None:
    owner, ada, bob = await hall.owner(), await hall.person(name="ada"), await hall.person(name="bob")
    task = await hall.make_task()
    reply = await owner.rest.post(f"/api/v1/members/{ada.email}/deactivate")
    assert 200 == reply.status_code, reply.text
    async with hearing(hall, bob.actor) as ear:
        text = f"@{ada.actor.username} @{bob.actor.username}"
        await hall.rest.post(f"/api/tasks/{task['key']}/comments", json={"comment": text})
        await ear.next()

    async with hall.world.database.connection() as db:
        assert [] == await unread_notifications(db, hall.founded.organisation_id, ada.actor.id, 10)


async def _announce(hall: Hall, *said: Announcement) -> None:
    async with hall.world.database.connection() as db, db.transaction():
        await announce(db, hall.agent, said)
    hall.world.hub.wake()


async def test_an_approval_is_told_to_who_shall_give_it_and_its_answer_to_who_asked(hall: Hall) -> None:
    ada, bob = await hall.person(name="ada"), await hall.person(name="bob")
    task = await hall.make_task()
    asked = {"status": "pending", "question": "Blue?", "asked_by_id": str(ada.actor.id), "asked_of_id": str(bob.actor.id)}
    for approval, hears in ((asked, bob), (asked | {"status": "answered", "answer": "Green."}, ada)):
        async with hearing(hall, hears.actor) as ear:
            data = {"task_id": task["id"], "task": task, "changed": ["approval"], "approval": approval}
            await _announce(hall, Announcement("task_updated", "task", UUID(task["id"]), data))
            told = (await ear.next())["notification"]
            assert ("Blue?" if hears is bob else "Green.") == told["excerpt"]

    assert [("approval_asked", task["key"])] == await told_of(bob)
    assert [("approval_answered", task["key"])] == await told_of(ada)


@pytest.mark.parametrize(("changed", "kind"), [("unblocked", "unblocked"), ("risk", "risk_high")])
async def test_what_comes_about_by_itself_is_told_to_whoever_has_the_task(hall: Hall, changed: str, kind: str) -> None:
    ada = await hall.person(name="ada")
    task = await hall.make_task()
    async with hearing(hall, ada.actor) as ear:
        data = {"task_id": task["id"], "task": task, "changed": [changed], "actor": None}
        await _announce(hall, Announcement("task_updated", "task", UUID(task["id"]), data, (ada.actor.id,)))
        assert kind == (await ear.next())["notification"]["kind"]


async def test_whose_claim_was_taken_over_hears_why(hall: Hall) -> None:
    ada = await hall.person(name="ada")
    task = await hall.make_task()
    await ada.rest.post(f"/api/tasks/{task['key']}/claim", json={})
    owner = await hall.owner()
    async with hearing(hall, ada.actor) as ear:
        wanted = {"override": True, "reason": "It is urgent."}
        reply = await owner.rest.post(f"/api/tasks/{task['key']}/claim", json=wanted)
        assert reply.is_success, reply.text
        told = (await ear.next())["notification"]

    assert ("claim_lost", "It is urgent.") == (told["kind"], told["excerpt"])
    assert [] == await told_of(owner)


async def test_what_was_told_of_a_project_that_is_closed_to_somebody_is_not_shown_any_more(hall: Hall) -> None:
    ada = await hall.person(name="ada")
    await _give(hall, ada, project="Vault")
    async with hall.world.database.connection() as db:
        await db.execute("update lists set visibility = 'private' where organisation_id = $1", hall.founded.organisation_id)

    assert [] == await told_of(ada)
    assert {"unread": 0} == (await ada.rest.get("/api/v1/notifications/unread-count")).json()


# Once, and never poisoned ---------------------------------------------------------------------------------------------------


async def test_an_event_that_comes_twice_is_told_once(hall: Hall) -> None:
    ada = await hall.person(name="ada")
    task = await _give(hall, ada)
    async with hall.world.database.connection() as db, db.transaction():
        row = await db.fetchrow("select * from events where entity_id = $1 and type = 'task_assigned'", UUID(task["id"]))
        assert row is not None
        event = LoggedEvent(
            row["position"], row["organisation_id"], row["type"], frozenset(row["user_ids"]), frozenset(), row["data"].encode()
        )  # fmt: skip
        before = await db.fetchval("select count(*) from events")
        await filling.fill(Batch(db, [event, event], None, None))  # type: ignore[arg-type]  # the places are not looked at
        assert before == await db.fetchval("select count(*) from events")

    assert [("assigned", task["key"])] == await told_of(ada)


@pytest.mark.parametrize(
    "data",
    [
        {}, {"task": None}, {"task": {}}, {"type": "reset", "message": "load anew"}, {"actor": None, "changed": None},
        {"task": {"key": "CH-1", "title": "T"}, "comment": {"text": "@nobody"}}, {"notify": {"never_heard_of": ["x"]}},
        {"task": {"key": "CH-1", "title": "{who} {0}"}, "changed": ["unblocked"]},
    ],
)  # fmt: skip
def test_an_event_of_any_shape_is_read(data: dict[str, Any]) -> None:
    person = new_id()
    event = LoggedEvent(1, new_id(), "task_updated", frozenset({person}), frozenset(), dumps(data))

    notice = rules.read_event(event, data)

    if notice is not None:
        assert all(rules.title_of(notice, topic) for topic in Topic)


# Words ----------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("@ada look", ["ada"]),
        ("Thanks @Ada.", ["ada.", "ada"]),
        ("(@ada-lovelace), @bob!", ["ada-lovelace", "bob"]),
        ("ada@example.org and git@github.com:x", []),
        ("`@property` and\n```\n@ada\n```\nso", []),
        ("@@ada @ada@host", []),
        ("@" + "a" * 65, []),
        ("@ÄDA @", []),
    ],
)
def test_user_names_are_found_where_people_write_them(text: str, names: list[str]) -> None:
    assert names == list(rules.usernames_in(text))


@given(st.text(max_size=300))
def test_any_text_has_few_mentions_and_short_words(text: str) -> None:
    names = rules.usernames_in(text + "@ada")

    assert len(names) <= rules.MOST_MENTIONED
    assert all(0 < len(name) <= 64 for name in names)


@pytest.mark.timeout(5)
@pytest.mark.parametrize("text", ["`" * 100_000, "@a" * 50_000, "```" * 33_000, "@" + "a.-" * 33_000, "@ " * 50_000])
def test_huge_text_is_read_in_no_time(text: str) -> None:
    assert len(rules.usernames_in(text)) <= rules.MOST_MENTIONED


@given(st.dictionaries(st.uuids(), st.sampled_from(Topic), max_size=6), st.sampled_from(Topic), st.sets(st.uuids(), max_size=3))
def test_the_most_important_reason_counts(first: dict[UUID, Topic], topic: Topic, people: set[UUID]) -> None:
    event = LoggedEvent(1, new_id(), "task_updated", frozenset(), frozenset(), b"{}")
    notice = rules.Notice(event, {}, dict(first))

    notice.tell(people, topic)

    for person in people:
        assert rules.IMPORTANCE[notice.told[person]] <= rules.IMPORTANCE[topic]
        assert notice.told[person] in {topic, first.get(person, topic)}


# Reading, marking, deleting ---------------------------------------------------------------------------------------------------


async def test_pages_are_whole_and_in_order(hall: Hall) -> None:
    ada = await hall.person(name="ada")
    keys = [(await _give(hall, ada, f"Task {number}"))["key"] for number in range(5)]

    first = (await ada.rest.get("/api/v1/notifications", params={"limit": 3})).json()
    second = (await ada.rest.get("/api/v1/notifications", params={"limit": 3, "cursor": first["next_cursor"]})).json()

    assert keys[::-1] == [one["task_key"] for one in first["notifications"] + second["notifications"]]
    assert (5, None) == (first["unread"], second["next_cursor"])


async def test_what_was_read_is_unread_no_more_and_other_pages_hear_of_it(hall: Hall) -> None:
    ada = await hall.person(name="ada")
    await _give(hall, ada)
    notification_id = await _id_of_the_only(ada)
    async with hearing(hall, ada.actor) as ear:
        reply = await ada.rest.post(f"/api/v1/notifications/{notification_id}/read")
        assert 0 == (await ear.next())["unread"]

    assert (200, True) == (reply.status_code, reply.json()["read"])
    assert {"unread": 0} == (await ada.rest.get("/api/v1/notifications/unread-count")).json()
    assert [] == await told_of(ada, unread_only=True)
    again = await ada.rest.post(f"/api/v1/notifications/{notification_id}/read")
    assert reply.json()["read_at"] == again.json()["read_at"]


async def test_what_was_read_waits_again_when_it_is_marked_unread(hall: Hall) -> None:
    ada, bob = await hall.person(name="ada"), await hall.person(name="bob")
    await _give(hall, ada)
    notification_id = await _id_of_the_only(ada)
    async with hearing(hall, ada.actor) as ear:
        await ada.rest.post(f"/api/v1/notifications/{notification_id}/read")
        assert 0 == (await ear.next())["unread"]
        reply = await ada.rest.post(f"/api/v1/notifications/{notification_id}/read", json={"read": False})
        assert 1 == (await ear.next())["unread"]
        again = await ada.rest.post(f"/api/v1/notifications/{notification_id}/read", json={"read": False})

    assert [(200, False, None)] * 2 == [(one.status_code, one.json()["read"], one.json()["read_at"]) for one in (reply, again)]
    assert {"unread": 1} == (await ada.rest.get("/api/v1/notifications/unread-count")).json()
    assert 404 == (await bob.rest.post(f"/api/v1/notifications/{notification_id}/read", json={"read": False})).status_code


async def test_everything_is_read_at_once(hall: Hall) -> None:
    ada, bob = await hall.person(name="ada"), await hall.person(name="bob")
    for person in (ada, ada, bob):
        await _give(hall, person)

    reply = await ada.rest.post("/api/v1/notifications/mark-all-read")

    assert {"marked": 2, "unread": 0} == reply.json()
    assert {"unread": 1} == (await bob.rest.get("/api/v1/notifications/unread-count")).json()


async def test_what_was_told_of_one_task_is_counted_and_read_by_its_key_or_id(hall: Hall) -> None:
    ada = await hall.person(name="ada")
    gate, boat = [await _give(hall, ada, title) for title in ("Gate", "Boat")]

    async def count(task_id: str) -> int:
        reply = await ada.rest.get("/api/v1/notifications/unread-count", params={"task_id": task_id})
        return int(reply.json()["unread"])

    before = [await count(task_id) for task_id in (gate["key"].lower(), gate["id"], "CH-99", "' or true --")]
    async with hearing(hall, ada.actor) as ear:
        reply = await ada.rest.post("/api/v1/notifications/mark-all-read", json={"task_id": gate["key"]})
        assert 1 == (await ear.next())["unread"]

    assert [1, 1, 0, 0] == before
    assert {"marked": 1, "unread": 1} == reply.json()
    assert [("assigned", boat["key"])] == await told_of(ada, unread_only=True)


async def test_a_deleted_notification_is_gone(hall: Hall) -> None:
    ada = await hall.person(name="ada")
    await _give(hall, ada)
    notification_id = await _id_of_the_only(ada)

    assert 200 == (await ada.rest.delete(f"/api/v1/notifications/{notification_id}")).status_code
    assert [] == await told_of(ada)
    assert 404 == (await ada.rest.delete(f"/api/v1/notifications/{notification_id}")).status_code


@pytest.mark.parametrize(("method", "tail"), [("POST", "/read"), ("DELETE", "")])
async def test_nobody_touches_what_another_was_told(hall: Hall, method: str, tail: str) -> None:
    ada, bob, owner = await hall.person(name="ada"), await hall.person(name="bob"), await hall.owner()
    await _give(hall, ada)
    notification_id = await _id_of_the_only(ada)

    replies = [await one.rest.request(method, f"/api/v1/notifications/{notification_id}{tail}") for one in (bob, owner)]

    assert [404, 404] == [reply.status_code for reply in replies]
    assert "get_notifications lists" in replies[0].json()["error"]["message"]
    assert 1 == len(await told_of(ada, unread_only=True))


async def test_a_limited_key_reads_marks_and_hears_only_what_it_opens(hall: Hall) -> None:
    ada = await hall.person(name="ada")
    made = await ada.rest.post("/api/v1/api-keys", json={"name": "ledger", "repositories": ["ledger"]})
    for fields in ({"repository": "Ledger"}, {"repository": "Secret"}, {}):
        await _give(hall, ada, **fields)
    limited = hall.rest_as(made.json()["key"])

    shown = (await limited.get("/api/v1/notifications")).json()
    marked = (await limited.post("/api/v1/notifications/mark-all-read")).json()

    assert (1, 1) == (len(shown["notifications"]), shown["unread"])
    assert {"marked": 1, "unread": 0} == marked
    assert 2 == len(await told_of(ada, unread_only=True))
    async with hall.world.database.connection() as db:
        home, only = hall.founded.organisation_id, frozenset({"secret"})
        assert 1 == len(await unread_notifications(db, home, ada.actor.id, 10, only=only))


async def test_an_agent_reads_them_in_few_words(hall: Hall) -> None:
    owner = await hall.owner()
    async with hearing(hall, hall.agent) as ear:
        await owner.rest.post("/api/tasks", json={"title": "Paint the gate", "assignee_id": "robin"})
        await ear.next()

    shown = hall.world.registry["get_notifications"].brief(await hall.call("get_notifications"))  # type: ignore[misc]

    assert "assigned Olive Owner gave you" in shown
    assert shown.startswith("* ")
    assert len(shown.encode()) < 200


@pytest.mark.parametrize("wanted", [{"limit": 0}, {"limit": 101}, {"cursor": "nonsense!"}, {"unread": True}])
async def test_a_wrong_question_is_explained(hall: Hall, wanted: dict[str, Any]) -> None:
    reply = await hall.rest.get("/api/v1/notifications", params=wanted)

    assert reply.status_code in {400, 422}
    assert reply.json()["error"]["message"]


# Preferences ------------------------------------------------------------------------------------------------------------------


async def test_what_somebody_does_not_want_to_hear_is_not_told(hall: Hall) -> None:
    ada = await hall.person(name="ada")
    reply = await ada.rest.patch("/api/v1/notifications/preferences", json={"assigned": False})
    assert {"assigned": False} == {one["kind"]: one["enabled"] for one in reply.json()["preferences"] if not one["enabled"]}
    async with hearing(hall, ada.actor) as ear:
        task = await hall.make_task(assignee_id=ada.email)
        await hall.rest.post(f"/api/tasks/{task['key']}/comments", json={"comment": "well?"})
        await ear.next()
    assert [("commented", task["key"])] == await told_of(ada)

    await ada.rest.patch("/api/v1/notifications/preferences", json={"assigned": True})
    await _give(hall, ada)


async def test_preferences_are_every_members_own(hall: Hall) -> None:
    ada, bob = await hall.person(name="ada"), await hall.person(name="bob")
    await ada.rest.patch("/api/v1/notifications/preferences", json={"commented": False, "mentioned": None})

    theirs = (await bob.rest.get("/api/v1/notifications/preferences")).json()["preferences"]

    assert all(one["enabled"] for one in theirs)
    assert [*Topic] == sorted((one["kind"] for one in theirs), key=list(Topic).index)


async def test_an_unknown_kind_is_refused_with_the_nearest(hall: Hall) -> None:
    reply = await hall.rest.patch("/api/v1/notifications/preferences", json={"mention": False})

    assert 422 == reply.status_code
    assert "did you mean mentioned?" in reply.json()["error"]["message"]


def test_every_kind_has_a_meaning_a_sentence_and_a_switch() -> None:
    from crewhall.accounts.notifications.models import MEANINGS, Preferences  # noqa: PLC0415

    assert set(Topic) == set(MEANINGS) == set(rules.SENTENCES) == set(Preferences.model_fields)


# In time ----------------------------------------------------------------------------------------------------------------------


async def test_old_ones_are_trimmed_read_ones_first(hall: Hall) -> None:
    ada = await hall.person(name="ada")
    keys = [(await _give(hall, ada))["key"] for _ in range(3)]
    now, days = hall.world.clock(), Settings().notifications_days
    async with hall.world.database.connection() as db:
        for key, age, read in ((keys[0], days + 1, True), (keys[1], days + 1, False), (keys[2], 2 * days + 1, False)):
            await db.execute(
                "update notifications set created_at = $2, read_at = $3 where user_id = $4 and subject = $1",
                key, now - timedelta(days=age), now if read else None, ada.actor.id,
            )  # fmt: skip

    await jobs.trim_notifications(_Work(hall.world))  # type: ignore[arg-type]

    assert [keys[1]] == [key for _, key in await told_of(ada)]


class _Work:
    """As much of a run as trimming asks for."""

    def __init__(self, world: World) -> None:
        self.database, self.clock = world.database, world.clock

    def get(self, _service: type) -> Settings:
        return Settings()


async def test_two_consumers_at_once_tell_once(hall: Hall) -> None:
    ada = await hall.person(name="ada")
    task = await hall.make_task()
    row = {
        "id": str(new_id()), "organisation_id": str(hall.founded.organisation_id), "user_id": str(ada.actor.id), "position": 10**15 + 7,
        "kind": "commented", "title": "t", "entity_type": "task", "entity_id": task["id"], "repositories": [],
    }  # fmt: skip

    async def add() -> int:
        async with hall.world.database.connection() as db:
            return len(await store.add(db, [row | {"id": str(new_id())}]))

    assert 1 == sum(await asyncio.gather(*(add() for _ in range(4))))
