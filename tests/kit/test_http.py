"""Requests to addresses that somebody else typed."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import ipaddress
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from crewhall.kit.http import LARGEST_ANSWER, BadAddress, NotReached, Outside, is_public
from tests.harness.receiver import Receiver, answer, receiving

NAME = "hooks.example.test"


def resolving(*addresses: str) -> tuple[list[str], Outside]:
    """A guard whose every name has these addresses, and the names that it asked for."""
    asked: list[str] = []

    async def resolve(host: str, _port: int) -> Sequence[str]:
        asked.append(host)
        return addresses

    return asked, Outside(resolve=resolve, seconds=2)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
        "255.255.255.255", "::1", "::", "fe80::1", "fd00::1", "ff02::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::",
        "2001:0:4136:e378:8000:63bf:f5ff:fffe", "::127.0.0.1", "fec0::1", "64:ff9b:1::7f00:1", "168.63.129.16", "192.0.0.8",
        "100.100.100.200", "fd00:ec2::254",
    ],
)  # fmt: skip
async def test_a_name_that_leads_inside_is_refused_however_the_address_is_written(address: str) -> None:
    _, outside = resolving(address)

    with pytest.raises(BadAddress, match="CREWHALL_ALLOW_PRIVATE_WEBHOOKS"):
        await outside.post(f"https://{NAME}/", b"", {})


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "64:ff9b::808:808"])
def test_the_open_internet_is_open(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


@given(st.ip_addresses(v=4))
def test_an_address_wrapped_in_another_one_is_judged_by_what_is_inside(address: ipaddress.IPv4Address) -> None:
    mapped, nat64 = ipaddress.IPv6Address((0xFFFF << 32) + int(address)), ipaddress.IPv6Address((0x64FF9B << 96) + int(address))

    assert is_public(address) == is_public(mapped) == is_public(nat64)


async def test_one_forbidden_address_among_good_ones_forbids_all() -> None:
    _, outside = resolving("8.8.8.8", "127.0.0.1")

    with pytest.raises(BadAddress):
        await outside.post(f"https://{NAME}/", b"", {})


@pytest.mark.parametrize("host", ["2130706433", "0x7f000001", "127.1", "0177.0.0.1"])
async def test_old_spellings_of_loopback_are_refused(host: str) -> None:
    with pytest.raises((BadAddress, NotReached)):
        await Outside(seconds=2).post(f"https://{host}/", b"", {})


async def test_a_name_is_asked_for_once_and_the_connection_goes_where_was_checked(tmp_path: Path) -> None:
    """A name that means another address a moment later gains nothing; the certificate must still be the name's."""
    server_side, client_side = certificates(tmp_path)
    receiver, asked = Receiver(), list[str]()
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0, ssl=server_side)
    port = server.sockets[0].getsockname()[1]

    async def resolve(host: str, _port: int) -> Sequence[str]:
        asked.append(host)
        return ["127.0.0.1"]

    outside = Outside(private=True, resolve=resolve, seconds=5, tls=client_side)
    async with server:
        reply = await outside.post(f"https://{NAME}:{port}/hook?a=b", b"{}", {"x-word": "w"})
        with pytest.raises(NotReached, match="certificate"):
            await outside.post(f"https://other.example.test:{port}/", b"", {})

    (message,) = receiver.messages
    assert ([NAME, "other.example.test"], 200) == (asked, reply.status)
    assert ("/hook?a=b", f"{NAME}:{port}", "w", b"{}") == (message.path, message.headers["host"], message.headers["x-word"], message.body)


def certificates(folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's certificate for NAME, and a client that trusts it."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
        .not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False).sign(key, hashes.SHA256())
    )  # fmt: skip
    encoding = serialization.Encoding.PEM
    (folder / "cert.pem").write_bytes(made.public_bytes(encoding))
    private = key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "key.pem").write_bytes(private)
    server_side = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_side.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return server_side, ssl.create_default_context(cafile=str(folder / "cert.pem"))


async def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    async with receiving() as inside, receiving(answer(307, "Location: http://127.0.0.1:1/")) as receiver:
        reply = await Outside(private=True, seconds=2).post(receiver.url, b"{}", {})

    assert (307, []) == (reply.status, inside.messages)


@pytest.mark.parametrize(("said", "seconds"), [("17", 17), ("99999999999", 86400), ("soon", None), ("-1", None), ("0", 0)])
async def test_the_other_side_may_ask_for_time(said: str, seconds: int | None) -> None:
    async with receiving(answer(503, f"Retry-After: {said}")) as receiver:
        reply = await Outside(private=True, seconds=2).post(receiver.url, b"{}", {})

    assert seconds == reply.retry_after


async def test_an_answer_that_does_not_come_ends_in_time() -> None:
    silent = asyncio.Event()

    async def hold(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await silent.wait()
        writer.close()

    server = await asyncio.start_server(hold, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    with pytest.raises(NotReached):
        await Outside(private=True, seconds=0.2).post(f"http://127.0.0.1:{port}/", b"", {})
    silent.set()
    server.close()


Talk = Callable[[asyncio.StreamWriter], Awaitable[None]]


@contextlib.asynccontextmanager
async def talking(talk: Talk, *, after: bytes = b"\r\n\r\n") -> AsyncIterator[int]:
    """A server that reads so far and then says what it likes to one client; answers its port."""
    served = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            await reader.readuntil(after)
            await talk(writer)
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
        served.set()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]
        await asyncio.wait_for(served.wait(), 5)


async def say_for_ever(writer: asyncio.StreamWriter, first: bytes, part: bytes) -> None:
    writer.write(first)
    while True:
        writer.write(part)
        await writer.drain()
        await asyncio.sleep(0)  # drain alone does not let others run


async def test_a_body_without_an_end_is_read_only_so_far() -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    async with talking(lambda writer: say_for_ever(writer, head, b"1000\r\n" + b"x" * 4096 + b"\r\n")) as port:
        reply = await Outside(private=True, seconds=3).post(f"http://127.0.0.1:{port}/", b"{}", {})

    assert (200, LARGEST_ANSWER) == (reply.status, len(reply.body))


async def test_a_body_that_unpacks_into_a_huge_one_is_not_unpacked() -> None:
    packed = gzip.compress(b"\0" * 20_000_000)
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(packed)}\r\n\r\n".encode()

    async def talk(writer: asyncio.StreamWriter) -> None:
        writer.write(head + packed)
        await writer.drain()

    async with talking(talk) as port:
        reply = await Outside(private=True, seconds=3).post(f"http://127.0.0.1:{port}/", b"{}", {})

    assert packed[:LARGEST_ANSWER] == reply.body


OK, EMPTY = b"HTTP/1.1 200 OK\r\n", b"\r\n"
NO_ANSWERS = {
    "heads without an end": (OK, b"x-more: " + b"y" * 500 + EMPTY),
    "an endless first line": (b"HTTP/1.1 200 ", b"O" * 1000),
    "no HTTP": (b"\0\xff\x16", b"\x03" * 1000),
    "a negative length": (OK + b"Content-Length: -1" + EMPTY * 2, b"x"),
    "no such status": (b"HTTP/1.1 999999 No" + EMPTY * 2, b""),
    "interim answers for ever": (b"", b"HTTP/1.1 100 Continue" + EMPTY * 2),
    "no chunk": (OK + b"Transfer-Encoding: chunked" + EMPTY * 2 + b"zz" + EMPTY, b"y"),
}


@pytest.mark.parametrize("name", NO_ANSWERS)
async def test_what_is_no_answer_ends_in_time_and_in_words(name: str) -> None:
    first, part = NO_ANSWERS[name]

    async def talk(writer: asyncio.StreamWriter) -> None:
        if not part:
            writer.write(first)
            return
        await say_for_ever(writer, first, part)

    async with talking(talk) as port:
        with pytest.raises(NotReached) as refused:
            await Outside(private=True, seconds=1).post(f"http://127.0.0.1:{port}/", b"{}", {})

    assert "127.0.0.1" not in refused.value.message


async def test_a_body_that_drips_ends_in_time() -> None:
    async def drip(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n")
        while not writer.is_closing():
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.05)  # the slowness is what is tested

    async with talking(drip) as port:
        with pytest.raises(NotReached, match="No whole answer within"):
            await Outside(private=True, seconds=0.4).post(f"http://127.0.0.1:{port}/", b"", {})


async def test_a_server_that_speaks_no_tls_is_not_reached() -> None:
    async def talk(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    async with talking(talk, after=b"\x16\x03\x01") as port:  # how a handshake begins
        with pytest.raises(NotReached, match="No connection could be made"):
            await Outside(private=True, seconds=2).post(f"https://127.0.0.1:{port}/", b"", {})


async def test_a_handshake_that_nobody_answers_ends_in_time() -> None:
    over = asyncio.Event()

    async def talk(_writer: asyncio.StreamWriter) -> None:
        await over.wait()

    async with talking(talk, after=b"\x16\x03\x01") as port:
        with pytest.raises(NotReached, match="took too long"):
            await Outside(private=True, seconds=0.9).post(f"https://127.0.0.1:{port}/", b"", {})
        over.set()


async def test_nobody_at_home_is_said_without_the_librarys_words() -> None:
    async with receiving() as receiver:
        url = receiver.url
    with pytest.raises(NotReached, match="No connection could be made"):
        await Outside(private=True, seconds=2).post(url, b"", {})
