"""Requests to addresses that somebody else typed: never into the hall's own network, never further than was checked.

A name is resolved once, every address that it has is looked at, and the connection goes to one of those: what the name means a
moment later does not matter. Redirects are not followed, proxies of the environment not used, large answers not read.
"""

from __future__ import annotations

import asyncio
import functools
import ipaddress
import socket
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

import httpx2

from crewhall.kit.clock import Clock, system_clock
from crewhall.kit.errors import CrewhallError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""Answers the addresses of a host, best first."""

SECONDS = 15.0
"""How long a request may take, from the name to the end of the answer."""
LARGEST_ANSWER = 65_536
MOST_ADDRESSES = 3
LONGEST_PAUSE = 24 * 3600
_NAT64 = ipaddress.ip_network("64:ff9b::/96")  # RFC 6052: the last 32 bits are an IPv4 address
# What Python 3.11 takes for the open internet and is not: old site-local addresses, IETF's own and example networks, 6to4's old
# relays, and the address under which every machine at Azure reaches what knows its secrets.
_NOT_OPEN = tuple(
    ipaddress.ip_network(one)
    for one in ("fec0::/10", "64:ff9b:1::/48", "3fff::/20", "5f00::/16", "192.0.0.0/24", "192.88.99.0/24", "168.63.129.16/32")
)


class BadAddress(CrewhallError):
    """Nothing is sent there, and trying again would not help until somebody changes the address or the name."""

    code, http_status, exit_code = "invalid_input", 400, 2


class NotReached(CrewhallError):
    """There was no answer; the message says why in words that may be shown."""

    code, http_status, exit_code = "unavailable", 503, 7


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer. `body` is cut at 64 KiB; `retry_after` are the seconds that the other side asks to wait."""

    status: int
    body: bytes
    retry_after: int | None


class Outside:
    """Sends requests to other people's servers. `private` also lets them go to this machine, this network, and over plain http."""

    def __init__(
        self, *, private: bool = False, resolve: Resolve | None = None, seconds: float = SECONDS, clock: Clock = system_clock,
        tls: ssl.SSLContext | None = None,
    ) -> None:  # fmt: skip
        self._private = private
        self._resolve = resolve or _addresses_of
        self._seconds = seconds
        self._clock = clock
        self._given_tls = tls

    @functools.cached_property
    def _tls(self) -> ssl.SSLContext:
        """Made once, and not before it is needed: reading the certificates takes some 20 ms."""
        return self._given_tls or httpx2.create_ssl_context(trust_env=False)

    def check(self, url: str) -> httpx2.URL:
        """The address, if it may be used as far as can be told without asking for its name. Raises BadAddress."""
        try:
            address = httpx2.URL(url)
            _ = address.port, address.raw_host.decode("ascii")
        except (httpx2.InvalidURL, UnicodeError, ValueError) as error:
            raise BadAddress("This is no address: it must look like https://example.com/path") from error
        self._check_form(address)
        if not self._private and _is_own_name(address.host):
            raise BadAddress(f"{address.host} is this machine or its network: {_PERMIT}", host=address.host)
        if (literal := _literal(address.host)) is not None:
            self._check_address(literal, address.host)
        return address

    def _check_form(self, address: httpx2.URL) -> None:
        if address.scheme not in {"https", "http"} or not address.host:
            raise BadAddress("The address must begin with https:// and name a host")
        if address.scheme == "http" and not self._private:
            raise BadAddress(f"The address must begin with https://, so that nobody on the way reads along. {_PERMIT_HTTP}")
        if address.userinfo:
            raise BadAddress("The address must not hold a user name or a password: the signature proves who sends")

    async def post(self, url: str, content: bytes, headers: Mapping[str, str]) -> Reply:
        """Send this. Raises BadAddress where nothing may be sent, NotReached when no answer came."""
        address = self.check(url)
        started = time.monotonic()
        try:
            async with asyncio.timeout(self._seconds):
                return await self._sent(address, content, headers)
        except TimeoutError as error:
            raise NotReached(f"No whole answer within {time.monotonic() - started:.0f} s") from error
        except (httpx2.TransportError, httpx2.DecodingError) as error:
            raise NotReached(_words(error)) from error

    async def _sent(self, address: httpx2.URL, content: bytes, headers: Mapping[str, str]) -> Reply:
        failed: httpx2.TransportError | None = None
        for target in await self._targets(address):
            try:
                return await self._sent_to(address, target, content, headers)
            except (httpx2.ConnectError, httpx2.ConnectTimeout) as error:  # nothing was sent: the next address may do
                failed = error
        assert failed is not None
        raise failed

    @asynccontextmanager
    async def get(self, url: str) -> AsyncIterator[httpx2.Response]:
        """The answer of an address that somebody else named, while it comes; nothing of ours goes along. Its redirects are the
        caller's to follow, each through here. Raises BadAddress where nothing may be asked, NotReached when no answer came.
        """
        address = self.check(url)
        target = (await self._targets(address))[0]
        async with self._transport() as transport:
            try:
                reply = await transport.handle_async_request(self._request("GET", address, target, b"", {"accept": "*/*"}))
            except httpx2.TransportError as error:
                raise NotReached(_words(error)) from error
            try:
                yield httpx2.Response(reply.status_code, headers=reply.headers, stream=reply.stream)
            finally:
                await reply.aclose()

    async def _targets(self, address: httpx2.URL) -> list[str]:
        """Where the connection may go. One forbidden address forbids all: a name that has both is made to slip through."""
        port = address.port or (443 if address.scheme == "https" else 80)
        try:
            found = list(dict.fromkeys(await self._resolve(address.raw_host.decode("ascii"), port)))
        except (OSError, UnicodeError) as error:
            raise NotReached(f"The name {address.host} cannot be resolved") from error
        if not found:
            raise NotReached(f"The name {address.host} has no address")
        for one in found:
            self._check_address(ipaddress.ip_address(one.partition("%")[0]), address.host)
        return found[:MOST_ADDRESSES]

    def _check_address(self, found: Address, host: str) -> None:
        if not self._private and not is_public(found):
            raise BadAddress(f"{host} leads into a private network: {_PERMIT}", host=host)

    async def _sent_to(self, address: httpx2.URL, target: str, content: bytes, headers: Mapping[str, str]) -> Reply:
        async with self._transport() as transport:
            reply = await transport.handle_async_request(self._request("POST", address, target, content, headers))
            try:
                assert isinstance(reply.stream, httpx2.AsyncByteStream)
                body = await _beginning(reply.stream)
            finally:
                await reply.aclose()
        return Reply(reply.status_code, body, self._retry_after(reply.headers.get("retry-after")))

    def _transport(self) -> httpx2.AsyncHTTPTransport:
        return httpx2.AsyncHTTPTransport(verify=self._tls, trust_env=False, retries=0)

    def _request(self, method: str, address: httpx2.URL, target: str, content: bytes, headers: Mapping[str, str]) -> httpx2.Request:
        """To one address that was checked, under the name that the certificate must have."""
        # Connecting ends before all time is over: then the library tidies up itself, and another address has its chance.
        timeout = httpx2.Timeout(self._seconds, connect=self._seconds / MOST_ADDRESSES).as_dict()
        return httpx2.Request(
            method, address.copy_with(host=target), content=content, headers={**headers, "Host": _host_of(address)},
            extensions={"sni_hostname": address.raw_host.decode("ascii"), "timeout": timeout},
        )  # fmt: skip

    def _retry_after(self, said: str | None) -> int | None:
        """Seconds, or an HTTP date (RFC 9110, 10.2.3); what is neither counts as nothing."""
        if said is None:
            return None
        if said.isascii() and said.isdigit():
            return min(int(said[:9]), LONGEST_PAUSE)
        try:
            seconds = (parsedate_to_datetime(said) - self._clock()).total_seconds()
        except (ValueError, TypeError):
            return None
        return max(0, min(int(seconds), LONGEST_PAUSE))


_PERMIT = "nothing is sent there unless the operator sets CREWHALL_ALLOW_PRIVATE_WEBHOOKS"
_PERMIT_HTTP = "CREWHALL_ALLOW_PRIVATE_WEBHOOKS permits plain http"


def is_public(address: Address) -> bool:
    """Whether an address belongs to the open internet, also when it is wrapped in another one."""
    inner = _unwrapped(address)
    if inner is not None:
        return is_public(inner)
    return address.is_global and not address.is_multicast and not address.is_reserved and not any(address in net for net in _NOT_OPEN)


def _unwrapped(address: Address) -> Address | None:
    """The IPv4 address that an IPv6 one stands for: mapped, by NAT64, 6to4 or Teredo."""
    if isinstance(address, ipaddress.IPv4Address):
        return None
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)


def _literal(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _is_own_name(host: str) -> bool:
    name = host.lower().rstrip(".")
    return name == "localhost" or name.endswith((".localhost", ".local", ".internal")) or ("." not in name and ":" not in name)


def _host_of(address: httpx2.URL) -> str:
    return address.netloc.decode("ascii")


async def _addresses_of(host: str, port: int) -> Sequence[str]:
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(one[4][0]) for one in found]


async def _beginning(stream: httpx2.AsyncByteStream) -> bytes:
    """The first bytes as they came, not unpacked: a small answer may unpack into a huge one."""
    body = b""
    async for part in stream:
        body += part
        if len(body) >= LARGEST_ANSWER:
            break
    return body[:LARGEST_ANSWER]


def _words(error: Exception) -> str:
    """Why there was no answer. The library's own words may hold an address, so only what is known is told."""
    if isinstance(error, httpx2.ConnectTimeout | httpx2.ReadTimeout | httpx2.WriteTimeout):
        return "The other side took too long"
    if isinstance(error, httpx2.ConnectError):
        return "The certificate is not trusted" if "CERTIFICATE" in str(error).upper() else "No connection could be made"
    return f"The connection broke ({type(error).__name__})"
