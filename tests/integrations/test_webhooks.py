"""Webhooks: who may make them, what they hear, how it is sent, and what becomes of what does not arrive."""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import Process
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from standardwebhooks.webhooks import WebhookVerificationError

from crewhall.integrations.webhooks import jobs, rules
from crewhall.kit.capability import Actor, Announcement
from crewhall.kit.errors import Conflict, NotAllowed, NotFound, Unavailable, ValidationFailed
from crewhall.kit.ids import new_id
from crewhall.kit.secrets import Cipher
from tests.harness.events import announce
from tests.harness.hall import Hall, Person
from tests.harness.notified import hearing
from tests.harness.receiver import Message, answer, receiving

pytestmark = pytest.mark.timeout(60)
NOWHERE = "https://hooks.example.test/crewhall"


@pytest.fixture
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "WAITS", (timedelta(seconds=0.05),) * 3)


async def make(hall: Hall, url: str = NOWHERE, **fields: Any) -> Any:
    return await hall.call("create_webhook", (await hall.owner()).actor, **{"name": "CI", "url": url} | fields)


async def ask(hall: Hall, name: str, /, **given: Any) -> Any:
    return await hall.call(name, (await hall.owner()).actor, **given)


async def until(look: Callable[[], Awaitable[Any]]) -> Any:
    """Wait until this answers something true."""
    async with asyncio.timeout(30):
        while not (found := await look()):
            await asyncio.sleep(0.02)
        return found


async def settled(hall: Hall, webhook: Any, count: int = 1) -> list[Any]:
    """The deliveries of a webhook, newest first, once so many are settled."""

    async def look() -> list[Any]:
        found: list[Any] = (await ask(hall, "list_deliveries", webhook_id=str(webhook["id"])))["deliveries"]
        return found if sum(one["state"] != "pending" for one in found) >= count else []

    found: list[Any] = await until(look)
    return found


def about(task: Any) -> Callable[[Message], bool]:
    return lambda message: bool(message.content["data"].get("task_id") == str(task["id"]))


# Hearing ----------------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("worker")
async def test_an_event_arrives_signed_as_standard_webhooks_asks(sending_hall: Hall) -> None:
    async with receiving() as receiver:
        webhook = await make(sending_hall, receiver.url)

        task = await sending_hall.make_task("Paint the gate")

        (message,) = await receiver.until(1)
        content = message.verified_by(webhook["secret"])
        (delivery,) = await settled(sending_hall, webhook)
    said = content["data"]
    assert ("task_updated", ["created"], "Paint the gate") == (content["type"], said["changed"], said["task"]["title"])
    assert str(task["id"]) == said["task_id"]
    assert content["timestamp"] == said["timestamp"]
    assert (message.id, "delivered", 1, 200) == (
        delivery["message_id"], delivery["state"], delivery["tries"], delivery["last_status"],
    )  # fmt: skip


async def test_a_changed_body_or_another_secret_does_not_verify(sending_hall: Hall) -> None:
    secret, delivery_id, body = rules.new_secret(), new_id(), b'{"a":1}'
    headers = rules.headers([secret], delivery_id, int(sending_hall.world.clock().timestamp()), body)

    Message("/", headers, body).verified_by(secret)

    with pytest.raises(WebhookVerificationError):
        Message("/", headers, b'{"a":2}').verified_by(secret)
    with pytest.raises(WebhookVerificationError):
        Message("/", headers, body).verified_by(rules.new_secret())


@pytest.mark.usefixtures("worker")
async def test_a_webhook_hears_only_the_types_and_repositories_that_it_names(sending_hall: Hall) -> None:
    async with receiving() as receiver:
        await make(sending_hall, receiver.url, events=["task_completed"], repositories=["Ledger"])
        elsewhere = await sending_hall.make_task(repository="gate")
        ours = await sending_hall.make_task(repository="ledger")

        await sending_hall.move(elsewhere, "completed")
        await sending_hall.move(ours, "completed")

        await receiver.until(1)
    assert [("task_completed", str(ours["id"]))] == [(one.content["type"], one.content["data"]["task_id"]) for one in receiver.messages]


@pytest.mark.usefixtures("worker")
async def test_a_webhook_hears_nothing_of_what_happened_before_it_was_made(sending_hall: Hall) -> None:
    """Also when it is read only then: the log is read on a moment after a change."""
    async with receiving() as receiver:
        made = sending_hall.world.clock()
        await make(sending_hall, receiver.url)
        async with sending_hall.world.database.connection() as db, db.transaction():
            data = {"type": "task_updated", "task_id": new_id(), "timestamp": made}
            await announce(db, sending_hall.agent, [Announcement("task_updated", "task", new_id(), data)])

        task = await sending_hall.make_task("Later")

        (message,) = await receiver.until(1)
    assert about(task)(message)


@pytest.mark.usefixtures("worker")
async def test_what_only_some_may_hear_is_told_to_no_webhook(sending_hall: Hall) -> None:
    async with receiving() as receiver:
        await make(sending_hall, receiver.url)
        data = {"type": "task_updated", "task_id": new_id(), "timestamp": sending_hall.world.clock()}
        async with sending_hall.world.database.connection() as db, db.transaction():
            await announce(db, sending_hall.agent, [Announcement("task_updated", "task", new_id(), data)])
            await db.execute("update events set audience = '{}' where organisation_id = $1", sending_hall.agent.organisation_id)
            await announce(db, sending_hall.agent, [Announcement("approval_requested", "approval", new_id(), data)])

        task = await sending_hall.make_task("Open to all")

        (message,) = await receiver.until(1)
    assert about(task)(message)


@pytest.mark.usefixtures("worker")
async def test_no_webhook_hears_of_a_private_project(sending_hall: Hall) -> None:
    owner = await sending_hall.owner()
    await owner.rest.post("/api/tasks", json={"title": "First", "project": "Vault"})
    reply = await owner.rest.patch("/api/v1/projects/Vault", json={"visibility": "private"})
    assert 200 == reply.status_code, reply.text
    async with receiving() as receiver:
        await make(sending_hall, receiver.url)
        hidden = (await owner.rest.post("/api/tasks", json={"title": "Hush", "project": "Vault"})).json()
        await owner.rest.post(f"/api/tasks/{hidden['key']}/comments", json={"comment": "Nobody hears this."})
        task = await sending_hall.make_task("Open to all")

        (message,) = await receiver.until(1)
    assert about(task)(message)


async def test_what_waits_is_neither_sent_nor_shown_when_its_project_becomes_private(sending_hall: Hall) -> None:
    owner = await sending_hall.owner()
    async with receiving() as receiver:
        webhook = await make(sending_hall, receiver.url)
        task = await sending_hall.make_task("Soon secret", project="Vault")
        (waiting,) = await until(lambda: deliveries(sending_hall, webhook))
        reply = await owner.rest.patch("/api/v1/projects/Vault", json={"visibility": "private"})
        assert 200 == reply.status_code, reply.text

        process = await sender(sending_hall, "well")
        open_one = await sending_hall.make_task("Open to all")
        await receiver.until(1, about(open_one))
        process.kill()
        await process.wait()
        detail = await ask(sending_hall, "get_delivery", delivery_id=str(waiting["id"]))
        with pytest.raises(Conflict, match="private"):
            await ask(sending_hall, "replay_delivery", delivery_id=str(waiting["id"]))
    assert ("dropped", None, []) == (detail["state"], detail["body"], detail["log"])
    assert not [message for message in receiver.messages if about(task)(message)]


async def deliveries(hall: Hall, webhook: Any) -> list[Any]:
    found: list[Any] = (await ask(hall, "list_deliveries", webhook_id=str(webhook["id"])))["deliveries"]
    return found


@pytest.mark.usefixtures("worker")
async def test_another_organisation_is_not_heard(sending_hall: Hall) -> None:
    other = await Hall.open(sending_hall.world, sending_hall.app)
    async with receiving() as receiver:
        await make(sending_hall, receiver.url)
        await other.make_task("Theirs")
        task = await sending_hall.make_task("Ours")

        (message,) = await receiver.until(1)
    assert about(task)(message)
    await other.rest.aclose()


async def test_each_event_makes_one_delivery_whatever_the_number_of_batches(hall: Hall) -> None:
    webhook = await make(hall)
    for number in range(3):
        rows = [{"title": f"Task {number} {row}"} for row in range(150)]
        assert 201 == (await hall.rest.post("/api/tasks/batch", json={"tasks": rows})).status_code

    async def all_there() -> bool:
        return bool(450 <= (await ask(hall, "get_webhook", webhook_id=str(webhook["id"])))["waiting"])

    await until(all_there)
    async with hall.world.database.connection() as db:
        bodies = await db.fetch("select body from webhook_deliveries where webhook_id = $1", webhook["id"])
    assert 450 == len(bodies) == len({row["body"] for row in bodies})


# Not arriving -------------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("worker", "short_waits")
async def test_what_is_refused_comes_again_under_the_same_id_until_it_is_taken(sending_hall: Hall) -> None:
    async with receiving(answer(500), answer(302, "Location: http://127.0.0.1:9/"), answer(204)) as receiver:
        webhook = await make(sending_hall, receiver.url)
        await sending_hall.make_task()

        messages = await receiver.until(3)
        (delivery,) = await settled(sending_hall, webhook)
    detail = await ask(sending_hall, "get_delivery", delivery_id=str(delivery["id"]))
    assert 1 == len({message.id for message in messages}) == len({message.body for message in messages})
    assert [500, 302, 204] == [one["status"] for one in detail["log"]]
    assert ("delivered", 3) == (delivery["state"], delivery["tries"])
    assert detail["body"].encode() == messages[0].body


@pytest.mark.usefixtures("worker", "short_waits")
async def test_what_is_never_taken_fails_in_the_end_and_can_be_replayed(sending_hall: Hall) -> None:
    async with receiving(*[answer(400)] * 4) as receiver:
        webhook = await make(sending_hall, receiver.url)
        await sending_hall.make_task()
        (failed,) = await settled(sending_hall, webhook)

        again = await ask(sending_hall, "replay_delivery", delivery_id=str(failed["id"]))
        messages = await receiver.until(5)
        (replayed,) = await settled(sending_hall, webhook)
    assert ("failed", 4, 400) == (failed["state"], failed["tries"], failed["last_status"])
    assert ("pending", 0) == (again["state"], again["tries"])
    assert ("delivered", 1) == (replayed["state"], replayed["tries"])
    assert 1 == len({message.id for message in messages})


@pytest.mark.usefixtures("worker")
async def test_a_receiver_that_wants_nothing_more_is_left_alone(sending_hall: Hall) -> None:
    async with receiving(answer(410)) as receiver:
        webhook = await make(sending_hall, receiver.url)
        await sending_hall.make_task()
        await settled(sending_hall, webhook)

        shown = await ask(sending_hall, "get_webhook", webhook_id=str(webhook["id"]))
        with pytest.raises(Conflict, match="disabled"):
            await ask(sending_hall, "ping_webhook", webhook_id=str(webhook["id"]))
        await ask(sending_hall, "update_webhook", webhook_id=str(webhook["id"]), state="active")
        ping = await ask(sending_hall, "ping_webhook", webhook_id=str(webhook["id"]))
        await receiver.until(1, lambda message: message.content["type"] == "ping")
    assert ("disabled", "410") == (shown["state"], shown["state_reason"].split()[2])
    assert "ping" == ping["event"]


@pytest.mark.usefixtures("worker")
async def test_those_who_may_mend_it_hear_once_that_a_webhook_was_switched_off(sending_hall: Hall) -> None:
    owner, admin, member = await sending_hall.owner(), await sending_hall.person("admin"), await sending_hall.person()
    async with receiving(*[answer(410)] * 9) as receiver, hearing(sending_hall, owner.actor) as ear:
        webhook = await make(sending_hall, receiver.url)
        for number in range(4):  # several tries side by side say the same
            await sending_hall.make_task(f"Task {number}")
        told = (await ear.next(within=15))["notification"]
        await until(lambda: told_of(admin))

    assert ("webhook_disabled", None, "webhook", str(webhook["id"])) == (
        told["kind"], told["actor_name"], told["entity_type"], told["entity_id"],
    )  # fmt: skip
    assert "A webhook was switched off: CI: It answered 410 Gone: it wants nothing more" == told["title"]
    assert ["webhook_disabled"] == await told_of(owner) == await told_of(admin)
    assert [] == await told_of(member)


async def told_of(person: Person) -> list[str]:
    return [one["kind"] for one in (await person.rest.get("/api/v1/notifications")).json()["notifications"]]


@pytest.mark.usefixtures("worker")
async def test_a_receiver_that_breaks_every_rule_is_tried_again_and_its_words_are_kept_nowhere(sending_hall: Hall) -> None:
    async with receiving("no HTTP at all\r\n\r\n", answer(500, body="a secret of theirs")) as receiver:
        webhook = await make(sending_hall, receiver.url)
        await sending_hall.make_task()
        await receiver.until(1)

        async def tried() -> Any:
            (one,) = (await ask(sending_hall, "list_deliveries", webhook_id=str(webhook["id"])))["deliveries"]
            return one if one["tries"] else None

        delivery = await until(tried)
        await ask(sending_hall, "replay_delivery", delivery_id=str(delivery["id"]))
        await receiver.until(2)

        async def twice() -> Any:
            detail = await ask(sending_hall, "get_delivery", delivery_id=str(delivery["id"]))
            return detail if len(detail["log"]) == 2 else None

        detail = await until(twice)
    assert [(None, "The connection broke (RemoteProtocolError)"), (500, None)] == [(one["status"], one["error"]) for one in detail["log"]]
    assert all(one["milliseconds"] >= 0 for one in detail["log"])
    assert "a secret of theirs" not in str(detail)


@pytest.mark.usefixtures("worker")
async def test_one_that_is_away_rests_and_holds_up_nobody(sending_hall: Hall) -> None:
    async with receiving(answer(503, "Retry-After: 120")) as away, receiving() as well:
        resting = await make(sending_hall, away.url)
        await make(sending_hall, well.url)
        await sending_hall.make_task()
        await well.until(1)
        await away.until(1)

        async def rests() -> Any:
            shown = await ask(sending_hall, "get_webhook", webhook_id=str(resting["id"]))
            return shown if shown["resting_until"] else None

        shown = await until(rests)
        await sending_hall.make_task()
        await well.until(2)
    assert shown["resting_until"] - sending_hall.world.clock() > timedelta(seconds=100)
    assert (1, "active") == (len(away.messages), shown["state"])


async def sender(hall: Hall, *how: str) -> Process:
    """A worker of its own in the sending world."""
    url = hall.world.settings.database_url
    assert url is not None
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.integrations.sender_process", url.get_secret_value(), str(hall.world.settings.home), *how,
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip


async def test_a_sender_killed_between_sending_and_noting_sends_the_same_again(sending_hall: Hall) -> None:
    """In the one moment in which it cannot be known whether the message arrived."""
    async with receiving() as receiver:
        webhook = await make(sending_hall, receiver.url)
        await sending_hall.make_task()
        process = await sender(sending_hall)
        assert process.stdout is not None
        assert b"in the gap\n" == await asyncio.wait_for(process.stdout.readline(), 20)
        process.kill()
        await process.wait()

        waiting = await ask(sending_hall, "list_deliveries", webhook_id=str(webhook["id"]), state="pending")
        after = await sender(sending_hall, "well")
        first, second = await receiver.until(2)
        (delivery,) = await settled(sending_hall, webhook)
        after.kill()
        await after.wait()
    assert 1 == len(waiting["deliveries"])
    assert (first.id, first.body) == (second.id, second.body)
    assert ("delivered", 1) == (delivery["state"], delivery["tries"])
    second.verified_by(webhook["secret"])


# Secrets ------------------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("worker")
async def test_for_a_day_messages_are_signed_with_the_old_secret_as_well(sending_hall: Hall) -> None:
    async with receiving() as receiver:
        old = await make(sending_hall, receiver.url)
        new = await ask(sending_hall, "rotate_webhook_secret", webhook_id=str(old["id"]))

        await sending_hall.make_task()

        (message,) = await receiver.until(1)
    assert old["secret"] != new["secret"]
    assert message.verified_by(old["secret"]) == message.verified_by(new["secret"])


async def test_a_secret_is_shown_once_and_nowhere_in_the_database(sending_hall: Hall) -> None:
    webhook = await make(sending_hall)
    shown = await ask(sending_hall, "get_webhook", webhook_id=str(webhook["id"]))
    async with sending_hall.world.database.connection() as db:
        row = await db.fetchrow("select * from webhooks where id = $1", webhook["id"])

    assert row is not None
    assert "secret" not in shown
    assert webhook["secret"].encode() not in row["secret"]
    assert webhook["secret"] == sending_hall.world.cipher.decrypt(row["secret"], row["id"])


def test_a_secret_opens_only_in_its_own_row_and_with_one_of_the_halls_keys() -> None:
    old, new = Cipher(["a" * 32]), Cipher(["b" * 32, "a" * 32])
    row = new_id()
    sealed = old.encrypt("whsec_x", row)

    assert "whsec_x" == new.decrypt(sealed, row)
    assert sealed[:4] != new.encrypt("whsec_x", row)[:4]
    for cipher, one, there in [(new, sealed, new_id()), (Cipher(["c" * 32]), sealed, row), (old, sealed[:-1] + b"\0\0", row)]:
        with pytest.raises(Unavailable):
            cipher.decrypt(one, there)


# Who and what ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/hook", "https://localhost/hook", "https://127.0.0.1/hook", "https://[::1]/hook", "https://10.1.2.3/",
        "https://169.254.169.254/latest/meta-data", "https://[::ffff:10.0.0.1]/", "https://postgres/", "https://printer.local/",
        "ftp://example.com/", "https://user:pass@example.com/", "https://", "javascript:alert(1)", "https://exa mple.com/", "//x",
    ],
)  # fmt: skip
async def test_an_address_of_our_own_network_or_in_plain_text_is_refused(hall: Hall, url: str) -> None:
    with pytest.raises(ValidationFailed) as refused:
        await make(hall, url)

    assert "url" == refused.value.details["fields"][0]["field"]  # type: ignore[index]


async def test_a_webhook_is_made_changed_paused_and_deleted(hall: Hall) -> None:
    webhook = await make(hall, events=["task_completed", "task_completed"], repositories=["Ledger", "ledger"])

    paused = await ask(hall, "update_webhook", webhook_id=str(webhook["id"]), state="paused", name="Build server")
    listed = (await ask(hall, "list_webhooks"))["webhooks"]
    gone = await ask(hall, "delete_webhook", webhook_id=str(webhook["id"]))

    assert (["task_completed"], ["ledger"], "active") == (webhook["events"], webhook["repositories"], webhook["state"])
    assert ("paused", "Build server", NOWHERE) == (paused["state"], paused["name"], paused["url"])
    assert [paused] == listed
    assert "Build server" == gone["name"]
    assert [] == (await ask(hall, "list_webhooks"))["webhooks"]


async def test_a_paused_webhook_hears_nothing(hall: Hall) -> None:
    paused, active = await make(hall), await make(hall)
    await ask(hall, "update_webhook", webhook_id=str(paused["id"]), state="paused")

    await hall.make_task()

    async def heard() -> Any:
        return (await ask(hall, "list_deliveries", webhook_id=str(active["id"])))["deliveries"]

    await until(heard)
    assert [] == (await ask(hall, "list_deliveries", webhook_id=str(paused["id"])))["deliveries"]


async def test_another_organisations_webhook_does_not_exist_here(hall: Hall) -> None:
    webhook = await make(hall)
    ping = await ask(hall, "ping_webhook", webhook_id=str(webhook["id"]))
    other = await Hall.open(hall.world, hall.app)

    for name in ("get_webhook", "update_webhook", "delete_webhook", "rotate_webhook_secret", "ping_webhook", "list_deliveries"):
        with pytest.raises(NotFound):
            await ask(other, name, webhook_id=str(webhook["id"]))
    for name in ("get_delivery", "replay_delivery"):
        with pytest.raises(NotFound):
            await ask(other, name, delivery_id=str(ping["id"]))
    assert [] == (await ask(other, "list_webhooks"))["webhooks"]
    await other.rest.aclose()


async def test_a_key_that_opens_only_some_repositories_has_no_business_with_webhooks(hall: Hall) -> None:
    webhook = await make(hall)
    owner = await hall.owner()
    reply = await owner.rest.post("/api/v1/api-keys", json={"name": "narrow", "repositories": ["ledger"]})
    narrow: Actor = await hall.world.access.actor_of(reply.json()["key"])

    for name, given in [
        ("list_webhooks", {}), ("create_webhook", {"name": "x", "url": NOWHERE}), ("get_webhook", {"webhook_id": str(webhook["id"])}),
        ("delete_webhook", {"webhook_id": str(webhook["id"])}), ("list_deliveries", {"webhook_id": str(webhook["id"])}),
    ]:  # fmt: skip
        with pytest.raises(NotAllowed):
            await hall.call(name, narrow, **given)


async def test_there_are_fifty_at_the_most_also_when_many_are_made_at_once(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crewhall.integrations.webhooks.capabilities.MOST_WEBHOOKS", 3)
    owner = (await hall.owner()).actor
    made = await asyncio.gather(
        *(hall.call("create_webhook", owner, name=f"n{number}", url=NOWHERE) for number in range(6)), return_exceptions=True
    )  # fmt: skip

    assert 3 == sum(isinstance(one, Conflict) for one in made)
    assert 3 == len((await ask(hall, "list_webhooks"))["webhooks"])


async def test_deliveries_come_in_pages_newest_first(hall: Hall) -> None:
    webhook = await make(hall)
    pings = [await ask(hall, "ping_webhook", webhook_id=str(webhook["id"])) for _ in range(5)]
    seen, cursor = list[Any](), None
    while True:
        page = await ask(hall, "list_deliveries", webhook_id=str(webhook["id"]), limit=2, cursor=cursor)
        seen += page["deliveries"]
        cursor = page["next_cursor"]
        if cursor is None:
            break

    assert [ping["id"] for ping in pings[::-1]] == [one["id"] for one in seen]


async def test_what_was_settled_a_month_ago_is_forgotten_and_what_was_left_behind_is_sent(sending_hall: Hall) -> None:
    webhook = await make(sending_hall)
    ping = await ask(sending_hall, "ping_webhook", webhook_id=str(webhook["id"]))
    old = await ask(sending_hall, "ping_webhook", webhook_id=str(webhook["id"]))
    async with sending_hall.world.database.connection() as db:
        await db.execute("delete from jobs.pgqueuer")
        await db.execute("delete from jobs.run")
        long_ago = "update webhook_deliveries set state = 'failed', created_at = now() - interval '31 days' where id = $1"
        await db.execute(long_ago, old["id"])

    await jobs.wake(WorkOf(sending_hall))  # type: ignore[arg-type]

    async with sending_hall.world.database.connection() as db:
        waiting = await db.fetchval("select count(*) from jobs.run where organisation_id = $1", sending_hall.agent.organisation_id)
    shown = await ask(sending_hall, "list_deliveries", webhook_id=str(webhook["id"]))
    assert 1 == waiting
    assert [ping["id"]] == [one["id"] for one in shown["deliveries"]]


class WorkOf:
    """As much of a run as a job needs that sends nothing itself."""

    def __init__(self, hall: Hall) -> None:
        self.database, self.clock = hall.world.database, hall.world.clock


async def test_a_receivers_answer_is_read_only_so_far(sending_hall: Hall) -> None:
    async with receiving(answer(200, body="x" * 1_000_000)) as receiver:
        reply = await sending_hall.world.outside.post(receiver.url, b"{}", {})

    assert (200, 65_536) == (reply.status, len(reply.body))
