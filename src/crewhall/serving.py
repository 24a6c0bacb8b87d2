"""`crewhall up` and `crewhall worker`: the hall as a process. A port, a banner, an orderly end."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import gc
import json
import os
import signal
import socket
from collections.abc import AsyncIterator, Coroutine, Iterator
from pathlib import Path
from typing import IO, Any

import uvicorn
from starlette.types import ASGIApp

from crewhall.accounts import is_empty
from crewhall.app import SET_UP_CODE, Background, World, open_background, open_faces, open_world
from crewhall.demo import DEMO_EMAIL, Credentials, StandIns, kept_credentials, open_demo, open_stand_ins
from crewhall.kit.errors import CannotStart
from crewhall.kit.lock import try_lock
from crewhall.kit.log import configure_log
from crewhall.kit.secrets import kept_secret
from crewhall.kit.settings import Settings

USUAL_PORT, PORTS_TRIED = 8000, 20
STOP_SECONDS = 2


async def serve(settings: Settings, *, demo: bool) -> None:
    """Run the hall until it is asked to stop; raises CannotStart with what to change."""
    with contextlib.ExitStack() as closing:
        ours = closing.enter_context(only_hub_of(settings.home))
        configure_log("DEBUG" if settings.debug else settings.log_level, settings.home / "logs")
        port = closing.enter_context(contextlib.closing(bind(settings.host, settings.port)))
        address = settings.public_url or f"http://{_shown_host(settings.host)}:{port.getsockname()[1]}"
        ours.write(f"{os.getpid()} {address}")
        ours.flush()
        async with _stand_ins(settings, demo=demo) as stand_ins, _world(settings, stand_ins, address) as world:
            if stand_ins is not None:
                await open_demo(world.seam, world.registry, world.access, settings.secrets_folder, stand_ins)
            text = banner(address, kept_credentials(settings.secrets_folder), await _set_up_code(world))
            async with open_background(world) as background, open_faces(world) as app:
                await HallServer(app, world, background, text).serve([port])


@contextlib.asynccontextmanager
async def _stand_ins(settings: Settings, *, demo: bool) -> AsyncIterator[StandIns | None]:
    """The demo's platforms, where there is a demo."""
    if not demo:
        yield None
        return
    async with open_stand_ins(settings.platforms, settings.home) as found:
        yield found


def _world(settings: Settings, stand_ins: StandIns | None, address: str) -> contextlib.AbstractAsyncContextManager[World]:
    if stand_ins is None:
        return open_world(settings, address=address)
    return open_world(settings, demo_email=DEMO_EMAIL, address=address, stand_ins=stand_ins.variables)


async def work(settings: Settings) -> None:
    """Run jobs until asked to stop, without a face; beside any number of hubs and other workers."""
    configure_log("DEBUG" if settings.debug else settings.log_level, None)  # the file in the data folder is the hub's
    stop = asyncio.Event()
    with _stopped_by_signals(stop):
        async with open_world(settings, as_guest=True) as world, open_background(world) as background:
            background.start()
            print("Crewhall's worker is at work. Stop: Ctrl-C", flush=True)  # noqa: T201  # for the person who started it
            await stop.wait()


@contextlib.contextmanager
def _stopped_by_signals(stop: asyncio.Event) -> Iterator[None]:
    loop, signals = asyncio.get_running_loop(), (signal.SIGTERM, signal.SIGINT)
    with contextlib.suppress(NotImplementedError):  # Windows: Ctrl-C comes as KeyboardInterrupt
        for number in signals:
            loop.add_signal_handler(number, stop.set)
    yield


class HallServer(uvicorn.Server):
    """uvicorn, but open streams do not hold up the end, and the banner comes when the first request would be answered."""

    def __init__(self, app: ASGIApp, world: World, background: Background, banner: str) -> None:
        config = uvicorn.Config(
            app, log_config=None, access_log=False, lifespan="off", server_header=False, timeout_graceful_shutdown=STOP_SECONDS,
            forwarded_allow_ips=world.settings.trusted_proxies, timeout_keep_alive=30,
        )  # fmt: skip
        super().__init__(config)
        self._world = world
        self._background = background
        self._banner = banner

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        _spare_the_collector()
        with contextlib.suppress(BrokenPipeError):  # nobody reads it: the hall is open all the same
            print(self._banner, flush=True)  # noqa: T201  # the one thing that this program says to the person who started it
        if self._world.settings.jobs:
            self._background.start()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Both at once: requests under way and jobs under way end."""
        self._world.hub.end_listeners()
        await asyncio.gather(self._background.stop(), super().shutdown(sockets))
        # uvicorn would raise the signals again, and a SIGTERM end the process before its database is closed in order.
        self._captured_signals.clear()


def _spare_the_collector() -> None:
    """What the start made stays for good: without this the garbage collector walks it again and again while lists are built
    (a fifth of the CPU of reading fifty tasks)."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def run_until_stopped(settings: Settings, *, demo: bool) -> None:
    """`serve` on an event loop of its own; the faster one where there is one."""
    _run(serve(settings, demo=demo))


def work_until_stopped(settings: Settings) -> None:
    """The same for `work`."""
    _run(work(settings))


def _run(program: Coroutine[Any, Any, None]) -> None:
    with contextlib.suppress(KeyboardInterrupt), asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(program)


def _loop_factory() -> type[asyncio.AbstractEventLoop] | None:
    try:
        import uvloop
    except ImportError:  # Windows
        return None
    return uvloop.Loop


# Before the start -----------------------------------------------------------------------------------------------


@contextlib.contextmanager
def only_hub_of(home: Path) -> Iterator[IO[str]]:
    """One hub on a data folder; a second one is told where the first is. The kernel drops the lock with its holder."""
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = open(home / "hub.lock", "a+", encoding="utf-8")  # noqa: SIM115  # closed below
    except OSError as error:
        raise CannotStart(f"The data folder {home} cannot be used ({error.strerror}): set CREWHALL_HOME") from error
    with file:
        file.seek(0)
        if not try_lock(file.fileno()):
            pid, _, address = file.read().partition(" ")
            where = f"at {address} " if address else ""
            raise CannotStart(f"Crewhall already runs {where}on {home} (process {pid or 'unknown'}): stop it, or set CREWHALL_HOME")
        file.truncate(0)
        yield file


def bind(host: str, port: int | None) -> socket.socket:
    """A listening socket. A port that was asked for is taken or refused; the usual one gives way to the next free one."""
    if port is not None:
        return _bind(host, port)
    for candidate in range(USUAL_PORT, USUAL_PORT + PORTS_TRIED):
        with contextlib.suppress(_Taken):
            return _bind(host, candidate)
    raise CannotStart(f"The ports {USUAL_PORT} to {USUAL_PORT + PORTS_TRIED - 1} are all taken: name a free one with PORT")


class _Taken(CannotStart):
    """Another program listens on this port."""


def _bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(2048)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise _Taken(f"Port {port} is taken by another program: stop it, or choose another with PORT={port + 1}") from error
        raise CannotStart(f"Crewhall cannot listen on {host} port {port}: {error.strerror}") from error
    return listener


def _shown_host(host: str) -> str:
    if host in {"0.0.0.0", "::"}:  # noqa: S104  # compared, not bound
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host


# The first start ------------------------------------------------------------------------------------------------


async def _set_up_code(world: World) -> str | None:
    """What lets the first account in, as long as there is none."""
    async with world.database.connection() as db:
        return kept_secret(world.settings.secrets_folder, SET_UP_CODE) if await is_empty(db) else None


def banner(address: str, credentials: Credentials | None, set_up_code: str | None = None) -> str:
    """What the person who starts the hall needs, in at most twelve lines."""
    if set_up_code is not None:
        return f"""
  Crewhall is open          {address}/board
  Create the first account  {address}/join/{set_up_code}
  Stop                      Ctrl-C
"""
    if credentials is None:
        return f"\n  Crewhall is open   {address}/board\n"
    snippet = f'claude mcp add --transport http crewhall {address}/mcp --header "Authorization: Bearer {credentials.api_key}"'
    headers = {"Authorization": f"Bearer {credentials.api_key}"}
    client = {"mcpServers": {"crewhall": {"type": "http", "url": f"{address}/mcp", "headers": headers}}}
    return f"""
  Crewhall is open   {address}/board
  Log in             {credentials.email}
  Password           {credentials.password}
  API key            {credentials.api_key}
  MCP (Claude Code)  {snippet}
  MCP (any client)   {json.dumps(client)}
  Stop               Ctrl-C
"""
