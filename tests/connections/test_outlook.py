"""What is peculiar to Outlook: the addresses of next pages, ids that stay, and how Exchange says that it has enough."""

from __future__ import annotations

from typing import Any

import pytest

from crewhall.demo.twins import Fault, MicrosoftTwin
from tests.harness.hall import Hall
from tests.harness.twins import Twins, connect_with, run


@pytest.fixture
async def twin(outer_hall: Hall, twins: Twins) -> MicrosoftTwin:
    """With an account that is connected."""
    found = twins["microsoft"]
    assert isinstance(found, MicrosoftTwin)
    await connect_with(outer_hall, "outlook", found.keys())
    return found


def code_of(reply: Any) -> str:
    return str(reply.json()["error"]["code"])


async def test_every_mail_is_asked_for_by_an_id_that_stays(outer_hall: Hall, twin: MicrosoftTwin) -> None:
    page = (await run(outer_hall, "outlook_list_messages", limit=2)).json()
    await run(outer_hall, "outlook_list_messages", limit=2, cursor=page["next_cursor"])
    await run(outer_hall, "outlook_get_message", message_id="AAMk001=")
    await run(outer_hall, "outlook_search_messages", query="berth")

    asked = [one.headers.get("prefer", "") for one in twin.exchanges if one.path != "/me"]
    assert [True] * 4 == ['IdType="ImmutableId"' in one for one in asked]


@pytest.mark.parametrize(
    "cursor",
    [
        "https://attacker.example/v1.0/me/mailFolders/inbox/messages", "{address}/v1.0/me/drive", "{address}/v1.0/me/calendarView?x=1",
        "/v1.0/me/mailFolders", "messages", "http://[",
    ],
)  # fmt: skip
async def test_a_cursor_leads_nowhere_but_to_its_own_list(outer_hall: Hall, twin: MicrosoftTwin, cursor: str) -> None:
    asked = len(twin.exchanges)

    reply = await run(outer_hall, "outlook_list_messages", cursor=cursor.format(address=twin.address))

    assert reply.status_code in {422, 503}
    assert asked == len(twin.exchanges)


async def test_a_search_has_no_order_and_keeps_its_quotes(outer_hall: Hall, twin: MicrosoftTwin) -> None:
    reply = await run(outer_hall, "outlook_search_messages", query='say "yes" \\ no')

    query = dict(twin.asked("/me/messages")[-1].query)
    assert (200, '"say \\"yes\\" \\\\ no"') == (reply.status_code, query["$search"])
    assert "$orderby" not in query


async def test_a_filter_begins_with_what_is_ordered_by(outer_hall: Hall, twin: MicrosoftTwin) -> None:
    page = (await run(outer_hall, "outlook_list_messages", unread=True)).json()

    query = dict(twin.asked("/messages")[-1].query)
    assert ("receivedDateTime desc", True) == (query["$orderby"], query["$filter"].startswith("receivedDateTime ge "))
    assert {False} == {one["is_read"] for one in page["messages"]}


async def test_a_mailbox_that_has_enough_is_waited_for(outer_hall: Hall, twin: MicrosoftTwin) -> None:
    twin.faults.append(Fault("/messages", status=503, headers={"retry-after": "90"}))

    reply = await run(outer_hall, "outlook_list_messages")

    assert ("platform_busy", True) == (code_of(reply), 80 < int(reply.headers["retry-after"]) <= 90)


async def test_a_mail_is_shown_without_its_markup(outer_hall: Hall, twin: MicrosoftTwin) -> None:
    mail = (await run(outer_hall, "outlook_get_message", message_id="AAMk001=")).json()

    assert "The berth number 1 is free from Monday. & more" == mail["text"]
    assert ["plan.pdf"] == [one["name"] for one in mail["attachments"]]


async def test_a_mail_that_was_taken_lies_in_the_sent_items(outer_hall: Hall, twin: MicrosoftTwin) -> None:
    reply = await run(outer_hall, "outlook_send_email", to=["ada@tidewater.example"], subject="Größe", body="Hello")
    sent = (await run(outer_hall, "outlook_list_messages", folder="sentitems")).json()["messages"]

    assert (200, True) == (reply.status_code, reply.json()["accepted"])
    assert ["Größe"] == [one["subject"] for one in sent]


@pytest.mark.parametrize("address", ["ada", "a b@tidewater.example", "x@y.example>, <z@y.example", "a@b.example\r\nBcc: c@d.example"])
async def test_what_is_no_address_is_sent_nothing(outer_hall: Hall, twin: MicrosoftTwin, address: str) -> None:
    reply = await run(outer_hall, "outlook_send_email", to=[address], subject="S", body="B")

    assert (422, []) == (reply.status_code, twin.asked("/sendMail"))


async def test_an_event_is_made_in_one_zone_whatever_zone_it_was_told_in(outer_hall: Hall, twin: MicrosoftTwin) -> None:
    given = {"subject": "Review", "start": "2026-12-01T10:00:00+02:00", "end": "2026-12-01T10:30:00+02:00", "online": True}
    made = (await run(outer_hall, "outlook_create_calendar_event", **given)).json()

    assert ("2026-12-01T08:00:00Z", "2026-12-01T08:30:00Z") == (made["start"], made["end"])
    assert made["online_link"].startswith("https://teams.microsoft.com/")
