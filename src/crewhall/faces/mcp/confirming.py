"""Two steps for what cannot be taken back or reaches others: first what would be done, with a word; then the same call with the word.

The word (`confirm_token`) is kept and checked by the room of approvals, which the registry leads to: it is good once, for five minutes,
for this member, this tool and these arguments. Where the organisation wants a person to decide, it is good only after that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from crewhall.kit.capability import Actor, Capability, Kind, Registry
from crewhall.kit.json import dumps, fingerprint
from crewhall.kit.model import read
from crewhall.kit.seam import First, Seam

TWO_STEPS = frozenset({Kind.DESTRUCTIVE, Kind.OUTWARD})
REQUEST, USE = "request_confirmation", "use_confirmation"
LONGEST_PREVIEW = 2_000


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked before it is done: `text` for a model, `preview` for a person, `token` for the second step.

    `elsewhere`: a person decides in Crewhall, not whoever sits at the client.
    """

    text: str
    preview: str
    token: str
    elsewhere: bool = False


@dataclass(frozen=True, slots=True)
class Confirming:
    """Asks for confirmations and uses them, through the seam like any caller."""

    registry: Registry
    seam: Seam

    def wanted_for(self, capability: Capability) -> bool:
        return capability.kind in TWO_STEPS and REQUEST in self.registry

    async def ask(self, actor: Actor, capability: Capability, arguments_hash: str, preview: str) -> Question:
        given = {"capability": capability.name, "arguments_hash": arguments_hash, "preview": preview}
        asked = (await self.seam.run(self.registry[REQUEST], given, actor=actor, client="mcp")).value
        elsewhere = bool(asked.get("waits_for_person"))
        first = (
            f"A person has to approve it first (approval {asked['approval_id']}); then call"
            if elsewhere
            else "If that is what is wanted, call"
        )
        text = (
            f"confirmation_needed: nothing is done yet. {preview}\n"
            f"{first} {capability.name} once more with the same arguments and confirm_token={asked['token']} "
            f"before {asked['expires_at']:%H:%M:%S}Z."
        )
        return Question(text, preview, asked["token"], elsewhere)

    def using(self, capability: Capability, arguments_hash: str, token: str) -> First:
        """Uses the word up in the transaction of the call that it confirms, so that it is used when the call is done and only then.

        A call that reaches out has no transaction meanwhile: its word is used up before anything is sent (kit/seam.py).
        The step raises CrewhallError when this word does not confirm this call. A repeated call whose answer is kept under its
        idempotency key does not come so far: it reads that answer.
        """
        use = self.registry[USE]
        wanted = read(use.input, {"token": token, "capability": capability.name, "arguments_hash": arguments_hash})
        return lambda call: use.function(call, wanted)


def hash_of(arguments: Mapping[str, Any]) -> str:
    """The same for the same arguments, in whatever order they came."""
    return fingerprint(arguments).hex()


def preview_of(capability: Capability, arguments: Mapping[str, Any], answer: str | None) -> str:
    """What the call would do, in the words of its summary, its arguments, and the answer that it would give."""
    given = ", ".join(f"{name}={dumps(value).decode()}" for name, value in arguments.items())
    told = f"{capability.name} ({capability.summary}) with {given or 'no arguments'}"
    return (told if answer is None else f"{told}\nIt would answer: {answer}")[:LONGEST_PREVIEW]
