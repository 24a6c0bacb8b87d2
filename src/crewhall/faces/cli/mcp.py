"""`crewhall mcp`: MCP over standard input and output, for clients that speak nothing else, carried to the hall's `/mcp`.

A bridge of lines, not a server: each message goes to the hall as it came and its answer comes back as it was, so that both
protocol eras are exactly the hall's. Only what HTTP wants beside the message is added (the specification's headers). A hall
that is away is an answer, too, and the bridge stays: the next call finds the hall again.
"""

from __future__ import annotations

import base64
import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import IO, TYPE_CHECKING, Any

from crewhall.faces.cli import client
from crewhall.faces.cli.client import Hub
from crewhall.faces.cli.output import note
from crewhall.faces.cli.trouble import Trouble

if TYPE_CHECKING:
    import httpx2

PATH = "/mcp"
AT_ONCE = 8
NAMED_BY = {"tools/call": "name", "prompts/get": "name", "resources/read": "uri"}  # what the header Mcp-Name repeats
ERA = "io.modelcontextprotocol/protocolVersion"
PARSE_ERROR, AWAY = -32700, -32000
_PLAIN = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?")

Message = Mapping[str, Any]


def run_bridge() -> None:
    """Speak MCP on standard input and output for a client that cannot speak HTTP.

    Example: claude mcp add crewhall -- crewhall mcp
    """
    with client.open_hub() as hub:
        note(f"crewhall: MCP for {hub.target.address} ({hub.target.source})")
        Bridge(hub, sys.stdout.buffer).carry(sys.stdin.buffer)


class Bridge:
    """Carries messages; several calls may be under way at once, and each answer is one whole line."""

    def __init__(self, hub: Hub, out: IO[bytes]) -> None:
        self._hub = hub
        self._out = out
        self._writing = Lock()
        self._version: str | None = None

    def carry(self, lines: Iterable[bytes]) -> None:
        """Until the client closes its end; what is under way is answered first."""
        with ThreadPoolExecutor(AT_ONCE, "mcp") as workers:
            for line in lines:
                if not line.strip():
                    continue
                try:
                    message = json.loads(line)
                except ValueError as error:
                    self._write(_refusal(None, PARSE_ERROR, f"That line is not JSON: {error}"))
                    continue
                if _in_turn(message):
                    self._pass(line, message)
                else:
                    workers.submit(self._pass, line, message)

    def _pass(self, line: bytes, message: Any) -> None:
        try:
            reply = self._hub.post(PATH, line.strip(), self._headers(_of(message)))
            answers = list(_answers(reply))
        except Trouble as trouble:
            self._refuse(message, trouble)
            return
        for answer in answers:
            self._learn(message, answer)
            self._write(answer)

    def _headers(self, message: Message) -> dict[str, str]:
        """What a message says of itself, repeated where proxies and the hall look for it."""
        params = _of(message.get("params"))
        headers = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
        version = _of(params.get("_meta")).get(ERA) or self._version
        if version:
            headers["MCP-Protocol-Version"] = str(version)
        if ERA in _of(params.get("_meta")):
            headers["Mcp-Method"] = header_value(str(message.get("method")))
            name = params.get(NAMED_BY.get(str(message.get("method")), ""))
            headers |= {"Mcp-Name": header_value(name)} if isinstance(name, str) else {}
        return headers

    def _learn(self, message: Any, answer: bytes) -> None:
        """The version that the handshake agreed upon holds for what follows."""
        if _of(message).get("method") == "initialize":
            self._version = _of(_of(json.loads(answer)).get("result")).get("protocolVersion")

    def _refuse(self, message: Any, trouble: Trouble) -> None:
        """A request gets an error that says what to do; a notification gets no answer, by the protocol."""
        note(f"crewhall: {trouble.message}")
        if "id" in _of(message) and "method" in _of(message):
            self._write(_refusal(message["id"], AWAY, ". ".join([trouble.message, *trouble.hints])))

    def _write(self, answer: bytes) -> None:
        with self._writing:
            self._out.write(answer.replace(b"\n", b" ") + b"\n")
            self._out.flush()


def _in_turn(message: Any) -> bool:
    """What follows depends on the handshake, and notifications say what was before them."""
    return "id" not in _of(message) or _of(message).get("method") == "initialize"


def _answers(reply: httpx2.Response) -> Iterator[bytes]:
    """The messages in an answer: none (202), one as JSON, or several as events."""
    if reply.headers.get("content-type", "").startswith("text/event-stream"):
        import httpx2

        yield from (event.data.encode() for event in httpx2.EventSource(reply) if event.data)
    elif reply.content.strip():
        yield reply.content


def _refusal(request_id: Any, code: int, message: str) -> bytes:
    return json.dumps({"jsonrpc": "2.0", "id": request_id, "error": {"code": code, "message": message}}).encode()


def _of(value: Any) -> Message:
    return value if isinstance(value, dict) else {}


def header_value(value: str) -> str:
    """A value that HTTP can carry in a header; what it cannot is wrapped as the specification says (`=?base64?...?=`)."""
    if _PLAIN.fullmatch(value) and not value.startswith("=?base64?"):
        return value
    return f"=?base64?{base64.b64encode(value.encode()).decode()}?="
