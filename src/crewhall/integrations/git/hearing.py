"""What GitHub tells by itself."""

from __future__ import annotations

from crewhall.accounts import key_prefix_of
from crewhall.integrations.git import rules
from crewhall.integrations.git.telling import note_checks, tell
from crewhall.integrations.inbound import Arrival, Handler


async def hear(arrival: Arrival) -> None:
    """By what the payload holds: the event's name came in a header, which is not signed."""
    payload, now = arrival.payload, arrival.received_at
    if "check_suite" in payload:
        await _hear_checks(arrival)
        return
    prefix = await key_prefix_of(arrival.db, arrival.organisation_id)
    things: list[rules.Thing] = []
    if "pull_request" in payload:
        things.append(rules.pull_request(prefix, rules.repository_of(payload["repository"]["full_name"]), payload["pull_request"]))
    elif "commits" in payload:
        things += rules.of_push(prefix, payload, now)
    elif "ref_type" in payload:  # only what was made names the branch that is usual
        things += rules.of_ref(prefix, payload, now, "open" if "master_branch" in payload else "deleted")
    await tell(arrival.db, arrival.organisation_id, arrival.integration_id, things, arrival.now)


async def _hear_checks(arrival: Arrival) -> None:
    found = rules.checks_of(arrival.payload)
    if found is None:
        return
    repository, head, numbers, checks = found
    for number in sorted(numbers):
        name = rules.pull_request_name(repository, number)
        await note_checks(arrival.db, arrival.organisation_id, name, head, checks, arrival.now)


HANDLERS = (Handler("github", ("push", "create", "delete", "pull_request", "check_suite"), hear),)
