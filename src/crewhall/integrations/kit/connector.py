"""The base of every connector.

async with get_connector("slack", {"access_token": "xoxb-..."}) as slack:
    print((await slack.list_channels()).data)
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, ClassVar
from urllib.parse import urljoin, urlsplit

import httpx2

from crewhall.integrations.kit.budget import Budget
from crewhall.integrations.kit.manifest import Manifest, Means
from crewhall.integrations.kit.operation import Operation, Response
from crewhall.integrations.kit.shelf import Shelf
from crewhall.integrations.kit.trouble import (
    ConnectorError,
    MissingScope,
    NeedsReconnect,
    PlatformAway,
    PlatformBusy,
    PlatformRefused,
    PlatformUnreadable,
)
from crewhall.integrations.kit.vectors import Vectors
from crewhall.integrations.kit.wire import Ask, Held, Wire, retry_after
from crewhall.kit.http import Outside
from crewhall.kit.json import JSONDecodeError, loads

AGENT = "Crewhall (+https://github.com/crewhall)"
MOST_HOPS = 5
LARGEST_FILE = 5 * 1024**3
LARGEST_TEXT = 5_000_000
REDIRECTS = frozenset({301, 302, 303, 307, 308})
_CODE = re.compile(r"[A-Za-z0-9_.:-]{1,80}")
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]")


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file that was downloaded, on this machine."""

    path: Path
    size: int


def new_client() -> httpx2.AsyncClient:
    """A client for platforms: it follows no redirect, and asks no proxy of the environment."""
    timeout = httpx2.Timeout(connect=5.0, read=15.0, write=15.0, pool=15.0)
    limits = httpx2.Limits(max_connections=100, max_keepalive_connections=20, keepalive_expiry=30)
    return httpx2.AsyncClient(timeout=timeout, limits=limits, follow_redirects=False, trust_env=False, headers={"user-agent": "Crewhall"})


class Connector:
    """A platform through one connection. What it can do are its operations; each also pages to the end: `each("list_channels")`."""

    manifest: ClassVar[Manifest]
    shapes: ClassVar[tuple[type, ...]] = (dict,)
    """What a sound answer can be; where lists come bare, (dict, list)."""
    operations: ClassVar[Mapping[str, Operation]]

    def __init_subclass__(cls) -> None:
        cls.operations = {name: found for one in reversed(cls.__mro__) for name, found in vars(one).items() if isinstance(found, Operation)}

    def __init__(
        self, credentials: Mapping[str, Any], config: Mapping[str, Any] | None = None, *, wire: Wire | None = None,
        api: str | None = None, client: httpx2.AsyncClient | None = None, outside: Outside | None = None,
        shelf: Shelf | None = None, vectors: Vectors | None = None,
    ) -> None:  # fmt: skip
        """`config` may hold `api`, another address than the platform's own, and `files`, the folder for what is downloaded; `shelf` is
        where notes are kept, `vectors` where vectors are.
        """
        self.config = dict(config or {})
        self._api = (api or self.config.get("api") or self.manifest.api).rstrip("/") + "/"
        self._credentials = credentials
        self._wire = wire
        self._client = client
        self._own_client: httpx2.AsyncClient | None = None
        self._outside = outside or Outside()
        self.shelf = shelf or Shelf()
        self.vectors = vectors or Vectors()

    async def __aenter__(self) -> Connector:
        if self._wire is None:
            self._client = self._own_client = new_client()
            title = self.manifest.title
            self._wire = Wire(self._client, Held(self._credentials, title), Budget(title), self.manifest.limit, title)
        return self

    async def __aexit__(self, *_trouble: object) -> None:
        if self._own_client is not None:
            await self._own_client.aclose()

    # What is the same for every platform ---------------------------------------------------------------------------

    async def test_connection(self) -> Response:
        """Ask the platform who we are there; raises ConnectorError when the connection does not work."""
        return await self.get_user_info()

    async def get_user_info(self) -> Response:
        """Whose account this is: `id`, `name`, and what else the platform says."""
        return Response.of(await self.whoami())

    async def whoami(self) -> dict[str, Any]:
        """Hook: `{"id", "name", ...}` of the account, asked of the platform."""
        raise NotImplementedError

    async def settle(self, settings: Mapping[str, str]) -> Mapping[str, str]:
        """Hook: settings that people wrote, as they are to be kept; ValidationFailed for one that does not fit the account."""
        return settings

    async def drop_hooks(self, address: str) -> None:
        """Hook: take away what was made at the platform so that it sends to this address; the connection ends right after."""

    async def each(self, operation: str, **given: Any) -> AsyncIterator[Any]:
        """Every row of a list, page by page, to the end."""
        method, cursor = getattr(self, operation), given.pop("cursor", None)
        seen: set[str] = set()
        while True:
            page = (await method(**given, cursor=cursor)).data
            rows = next(value for name, value in page.items() if isinstance(value, list) and name != "missing")
            for row in rows:
                yield row
            cursor = page["next_cursor"]
            if cursor is None:
                return
            if cursor in seen:
                raise PlatformUnreadable(f"{self.manifest.title} gives the same page again and again")
            seen.add(cursor)

    # Requests ----------------------------------------------------------------------------------------------------------

    async def get(self, path: str, query: Mapping[str, Any] | None = None, **more: Any) -> Any:
        return await self.send(Ask("GET", self.url(path), query or {}, part=more.pop("part", ""), **more))

    async def post(self, path: str, *, again: bool = False, **more: Any) -> Any:
        """Send something. `again` only where doing it twice is the same as once."""
        return await self.send(Ask("POST", self.url(path), again=again, **more))

    async def delete(self, path: str, *, again: bool = False) -> Any:
        """Take something away; `again` as for `post`."""
        return await self.send(Ask("DELETE", self.url(path), again=again))

    async def send(self, ask: Ask) -> Any:
        assert self._wire is not None, "open the connector first: async with"
        return await self._wire.send(ask, self.read, self.proof)

    def url(self, path: str) -> str:
        """An address of the API. An absolute one, such as of a next page, must be of the same host: the token goes along."""
        url = urljoin(self._api, path)
        if not self._is_own(url):
            raise PlatformUnreadable(f"{self.manifest.title} points to another host for its own data: nothing was sent there")
        return url

    def _is_own(self, url: str) -> bool:
        return urlsplit(url)[:2] == urlsplit(self._api)[:2]

    def proof(self, token: str) -> Mapping[str, str]:
        """Hook: the headers that prove who asks."""
        return {"authorization": f"Bearer {token}"}

    # Answers -----------------------------------------------------------------------------------------------------------

    def read(self, reply: httpx2.Response) -> Any:
        """What an answer says; raises ConnectorError, by what to do next."""
        status = reply.status_code
        if status in REDIRECTS:
            raise PlatformUnreadable(f"{self.manifest.title} points elsewhere instead of answering", status_code=status)
        if status == 204 or (status == 202 and not reply.content):
            return {}
        body = self._parsed(reply)
        code = self.error_of(status, body)
        if code is not None or status >= 400:
            raise self.trouble(status, code if code and _CODE.fullmatch(code) else None, body, reply)
        if not isinstance(body, self.shapes):
            raise PlatformUnreadable(f"{self.manifest.title} answered something else than it describes", status_code=status)
        return body

    def _parsed(self, reply: httpx2.Response) -> Any:
        try:
            return loads(reply.content)
        except JSONDecodeError:
            if reply.status_code >= 400:
                return {}
            words = f"{self.manifest.title} answered something that is not JSON: ask again in a moment"
            raise PlatformUnreadable(words, status_code=reply.status_code) from None

    def error_of(self, status: int, body: Any) -> str | None:
        """Hook: the platform's code for what went wrong; None when nothing did. An answer of 200 can be a refusal."""
        return None

    def scope_of(self, body: Any) -> str | None:
        """Hook: which scope the platform says is missing."""
        return None

    def wait_of(self, body: Any, reply: httpx2.Response) -> int:
        """Hook: how many seconds a platform that is busy asks to wait; most say so in a header."""
        return retry_after(reply, self.manifest.limit.usual_wait)

    def trouble(self, status: int, code: str | None, body: Any, reply: httpx2.Response) -> ConnectorError:
        """What a refusal means here."""
        title, facts = self.manifest.title, {"platform": self.manifest.slug} | ({"platform_code": code} if code else {})
        said = self.manifest.words.get(code or "", f"it says {code}" if code else f"it answered {status}")
        match self.manifest.errors.get(code or "") or means_of(status):
            case Means.RECONNECT:
                return NeedsReconnect(
                    f"{title} does not take the credentials any more ({said}): connect it again", status_code=status, **facts
                )
            case Means.SCOPE:
                missing = self.scope_of(body)
                words = (
                    f"{title} wants the scope {missing} for this" if missing else f"{title} does not let this connection do that ({said})"
                )
                return MissingScope(f"{words}: connect it again and allow it", status_code=status, **facts)
            case Means.BUSY:
                wait = self.wait_of(body, reply)
                return PlatformBusy(f"{title} wants to be left alone for {wait} s", retry_after_seconds=wait, status_code=status, **facts)
            case Means.AWAY:
                return PlatformAway(f"{title} has trouble of its own ({said}): ask again in a moment", status_code=status, **facts)
        return PlatformRefused(f"{title} refused: {said}", status_code=status, **facts)

    # Files -------------------------------------------------------------------------------------------------------------

    async def download(self, url: str, to: Path, *, token: str = "access_token", most: int = LARGEST_FILE) -> int:
        """Stream a file of the platform to disk; answers its bytes. Where another host is pointed to, no credential goes along."""
        assert self._client is not None, "open the connector first: async with"
        address = urljoin(self._api, url)
        for _ in range(MOST_HOPS):
            async with self._file(address, token) as reply:
                if reply.status_code in REDIRECTS:
                    address = urljoin(address, reply.headers.get("location", ""))
                    continue
                if reply.status_code != 200:
                    raise self.trouble(reply.status_code, None, {}, reply)
                return await _to_disk(reply, to, self.manifest.title, most)
        raise PlatformUnreadable(f"{self.manifest.title} points on and on for this file")

    async def text_of(self, url: str, *, token: str = "access_token", most: int = LARGEST_TEXT) -> str:
        """A file of the platform that is text, such as a transcript; PlatformUnreadable when it is longer than `most` bytes."""
        with TemporaryDirectory(prefix="crewhall-") as folder:
            file = Path(folder) / "text"
            await self.download(url, file, token=token, most=most)
            return (await asyncio.to_thread(file.read_bytes)).decode("utf-8-sig", "replace")

    async def keep_file(self, url: str, name: str, *, size: int | None = None, token: str = "access_token") -> KeptFile:
        """Download into the connection's folder. One that is there in the `size` that the platform tells is not fetched again."""
        folder = Path(self.config.get("files") or Path.cwd())
        await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
        path = folder / (_UNSAFE.sub("_", name).lstrip(".")[:200] or "file")
        there = path.stat().st_size if path.is_file() else None
        if there is not None and there == size:
            return KeptFile(path, there)
        return KeptFile(path, await self.download(url, path, token=token))

    def _file(self, address: str, token: str) -> Any:
        if not self.may_have_token(address):
            return self._outside.get(address)
        return _OwnFile(self, address, token)

    def may_have_token(self, address: str) -> bool:
        """Whether a file there is asked for with the token: at the API's own host, and at those that the manifest names for files."""
        if self._is_own(address):
            return True
        parts = urlsplit(address)
        host = (parts.hostname or "").lower()
        known = any(host == one or host.endswith(f".{one}") for one in self.manifest.file_hosts)
        return known and parts.scheme == "https" and parts.port in {None, 443} and parts.username is None

    async def credential(self, name: str) -> str:
        assert self._wire is not None
        found = await self._wire.token(name)
        if found is None:
            raise NeedsReconnect(f"{self.manifest.title} was connected without {name}")
        return found

    @property
    def client(self) -> httpx2.AsyncClient:
        assert self._client is not None, "open the connector first: async with"
        return self._client


class _OwnFile:
    """A file on the platform's own host, asked for with its token."""

    def __init__(self, connector: Connector, address: str, token: str) -> None:
        self._connector, self._address, self._token = connector, address, token

    async def __aenter__(self) -> httpx2.Response:
        proof = self._connector.proof(await self._connector.credential(self._token))
        client = self._connector.client
        try:
            self._reply = await client.send(client.build_request("GET", self._address, headers=dict(proof)), stream=True)
        except httpx2.HTTPError as error:
            raise PlatformAway(f"{self._connector.manifest.title} cannot be reached: ask again in a moment") from error
        return self._reply

    async def __aexit__(self, *_trouble: object) -> None:
        await self._reply.aclose()


async def _to_disk(reply: httpx2.Response, to: Path, title: str, most: int) -> int:
    """Under another name until it is whole, so that nobody takes a half file for one."""
    draft, size = to.with_name(f".{to.name}.part"), 0
    try:
        with draft.open("wb") as file:
            async for part in reply.aiter_bytes():
                size += len(part)
                if size > most:
                    raise PlatformUnreadable(f"{title} sends a file above {most} bytes")
                file.write(part)
        draft.replace(to)
    except httpx2.HTTPError as error:
        raise PlatformAway(f"{title} broke off in the middle of a file: ask again in a moment") from error
    finally:
        draft.unlink(missing_ok=True)
    return size


def means_of(status: int) -> Means:
    """What an HTTP status means where the platform's code says nothing more."""
    if status == 401:
        return Means.RECONNECT
    if status == 403:
        return Means.SCOPE
    if status == 429:
        return Means.BUSY
    return Means.AWAY if status >= 500 or status == 408 else Means.REFUSED
