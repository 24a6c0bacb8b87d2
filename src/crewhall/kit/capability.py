"""One thing that Crewhall can do, written once; every face is drawn from it.

A room declares its capabilities on a `Room`; app/ collects the rooms into a `Registry`; the seam (kit/seam.py) runs them.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, TypeVar, get_type_hints
from uuid import UUID

from pydantic import TypeAdapter

from crewhall.kit.charts import Picture
from crewhall.kit.db.pool import Connection
from crewhall.kit.db.together import Statement
from crewhall.kit.errors import NotAllowed
from crewhall.kit.model import Model, nearest

T = TypeVar("T")
Function = Callable[["Call", Any], Awaitable[Any]]
Ahead = Callable[[Mapping[type, Any], "Actor | None", Any], Awaitable[Any]]
"""Given the services, who asks and the input, answers what the call needs from outside. Raises nothing but CrewhallError."""


FOR_PEOPLE: Final[Mapping[str, str]] = {"keys:write": "/keys", "members:write": "/people", "approvals:write": "/approvals"}
"""What no agent, no service and no program that a person let in holds, whatever its role: credentials, members and approvals are
people's. Each scope with the page on which a person does what it opens."""


class Kind(StrEnum):
    """What a capability does to the world; faces announce it and the seam acts on it."""

    READ = "read"
    WRITE = "write"
    DESTRUCTIVE = "destructive"
    OUTWARD = "outward"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who is calling: one member of one organisation, known from a credential and from nothing else.

    `kind` is person, agent or service; `organisation` is the organisation's name; `client` names the program that carries the
    call (`rest`, `mcp`, `web`), and `through` is what a program that a person let in calls itself; `repositories`, in lower case, and
    `projects`, by their ids, are the only ones that this credential opens (None: no limit); `credential_id` is the session, the API
    key or the grant, so that a stream can ask whether it still opens anything; `audience` is the only address that a grant's token
    opens (None: every face); `skills` are what is kept of what this member is good at.
    """

    id: UUID
    organisation_id: UUID
    kind: str
    username: str
    name: str
    role: str
    scopes: frozenset[str]
    credential: str
    credential_id: UUID
    expires_at: datetime | None = None
    client: str = "rest"
    organisation: str = ""
    repositories: frozenset[str] | None = None
    projects: frozenset[UUID] | None = None
    through: str | None = None
    audience: str | None = None
    skills: tuple[str, ...] = ()

    @property
    def limited(self) -> bool:
        """Whether this credential opens only some repositories or projects of those that its holder sees."""
        return self.repositories is not None or self.projects is not None

    def require(self, scope: str) -> None:
        """Raise NotAllowed, naming the scope that is missing, unless this actor holds it."""
        if scope not in self.scopes:
            raise NotAllowed(f"This needs the scope {scope}, {self.without(scope)}", missing_scope=scope)

    def without(self, scope: str) -> str:
        """Why this actor does not hold a scope, and what to do where something can be done."""
        if scope in FOR_PEOPLE and (self.through is not None or self.kind != "person"):
            way = f"a person does it, on the page {FOR_PEOPLE[scope]} of the hall or with a key of their own"
            return f"which {self.through or self.name} cannot hold: {way}"
        if self.through is not None:
            return f"which {self.name} ({self.role}) did not let {self.through} have: sign in anew and tick it, if it is offered"
        return f"which {self.name} ({self.role}) does not hold"

    def require_whole_view(self, why: str) -> None:
        """Raise NotAllowed when this credential opens only a part of the organisation; `why` says what a part is not enough for."""
        if self.limited:
            raise NotAllowed(f"This credential opens only a part of the organisation, and {why}: use one without that limit")


@dataclass(frozen=True, slots=True)
class Announcement:
    """Something that happened in a call; it becomes a row of the event log in the call's own transaction.

    `data` is what listeners receive; `user_ids` and `repositories` are the people and repositories that it concerns. Who may
    hear of it follows from the task (`task_id` in `data`, or the entity) or the project that it is about; `audience` makes these
    people fewer: nobody else hears of it.
    """

    type: str
    entity_type: str
    entity_id: UUID
    data: Mapping[str, Any]
    user_ids: tuple[UUID, ...] = ()
    repositories: tuple[str, ...] = ()
    audience: tuple[UUID, ...] | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """Whose account a call knocked at without getting in."""

    id: UUID
    organisation_id: UUID
    kind: str
    name: str


@dataclass(slots=True)
class Notes:
    """What a call lets be known beside its answer, whether it is done or refused.

    `subject` is what people call the thing that it is about (`CH-12`, a key's name) and `entity_id` its id; `account` is noted
    where nobody is signed in; `afterwards` runs once the commit is through, and never after a refusal.
    """

    subject: str | None = None
    entity_id: UUID | None = None
    account: Account | None = None
    afterwards: list[Callable[[], None]] = field(default_factory=list)

    def forget(self) -> None:
        """The call begins anew."""
        self.subject = self.entity_id = self.account = None
        self.afterwards.clear()


@dataclass(slots=True)
class Call:
    """One run of one capability: who asks, on which connection, at which instant."""

    db: Connection
    now: datetime
    services: Mapping[type, Any]
    request_id: str
    client: str
    _actor: Actor | None
    announcements: list[Announcement] = field(default_factory=list)
    notes: Notes = field(default_factory=Notes)
    fetched: Any = None  # what the capability's `ahead` answered
    last: Statement | None = None

    @property
    def actor(self) -> Actor:
        """The caller. A public capability has none until it calls `become`."""
        if self._actor is None:
            raise NotAllowed("Nobody is signed in on this call")
        return self._actor

    @property
    def signed_in(self) -> bool:
        return self._actor is not None

    def become(self, actor: Actor) -> None:
        """From here on the call is this actor's: a log-in has proved who asks."""
        self._actor = actor

    def announce(self, announcement: Announcement) -> None:
        self.announcements.append(announcement)

    def write_last(self, statement: Statement) -> None:
        """Write this in one round trip with the audit line and the event: for a write that nothing after it in this call reads."""
        assert self.last is None, "only one write can be the last"
        self.last = statement

    def about(self, subject: str | None, entity_id: UUID | None = None) -> None:
        """What the audit line says that this call was about; without it, the key in the first announcement's data."""
        self.notes.subject, self.notes.entity_id = subject, entity_id

    def knocks_at(self, account: Account) -> None:
        """A refusal of this call is noted under this account, though nobody is signed in."""
        self.notes.account = account

    def afterwards(self, step: Callable[[], None]) -> None:
        """Do this once the commit is through: what other calls of this process must not see before."""
        self.notes.afterwards.append(step)

    def get(self, service: type[T]) -> T:
        """A long-lived thing that app/ made for capabilities, such as the signer of tokens."""
        found: T = self.services[service]
        return found


@dataclass(frozen=True, slots=True)
class Route:
    """One HTTP way to a capability. Names in braces in `path` are fields of the input model."""

    method: str
    path: str

    @classmethod
    def parse(cls, text: str) -> Route:
        method, path = text.split(" ", 1)
        return cls(method, path)


@dataclass(frozen=True)
class Capability:
    """A typed function with what the faces need to offer it.

    `scope` is None for what anybody may call (a log-in). `brief` renders the output in few words, for a model's context.
    `tool` offers it over MCP; `pinned` lists it there on every connection, for daily use. `questions` are sentences of people who
    need it; `shows_secret` keeps the answer out of the idempotency store. `ahead` asks somebody outside before the transaction begins,
    so that none is open while the call waits for the answer, which the function finds in `call.fetched`. `needs` names a platform:
    models are only shown it where that is connected. `picture` says what of the output can be drawn; a model sees it beside the words.
    """

    name: str
    summary: str
    scope: str | None
    kind: Kind
    function: Function
    input: type[Model]
    output: Any
    routes: tuple[Route, ...]
    status: int = 200
    tool: bool = True
    pinned: bool = False
    command: bool = True
    shows_secret: bool = False
    ahead: Ahead | None = None
    needs: str | None = None
    brief: Callable[[Any], str] | None = None
    picture: Callable[[Any], Picture | None] | None = None
    aliases: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()

    @property
    def writes(self) -> bool:
        return self.kind is not Kind.READ

    def output_schema(self) -> dict[str, Any]:
        return TypeAdapter(self.output).json_schema()


class Room:
    """The capabilities of one room, in the order of their declaration."""

    def __init__(self, name: str, *subjects: Room) -> None:
        """`subjects`: the rooms within the room, whose capabilities are its own."""
        self.name = name
        self.capabilities: list[Capability] = [capability for subject in subjects for capability in subject.capabilities]
        self._subjects = subjects

    def subject_of(self, name: str) -> str:
        """The name of the innermost room that declared this capability."""
        inner = next((subject for subject in self._subjects if any(name == one.name for one in subject.capabilities)), None)
        return inner.subject_of(name) if inner else self.name

    def capability(
        self, *, scope: str | None, kind: Kind, http: str | tuple[str, ...] = (), **offer: Any
    ) -> Callable[[Function], Function]:
        """Declare the decorated `async (call, input) -> output` as a capability.

        Name, summary, input and output are read from the function itself; `offer` are further fields of Capability.
        """
        routes = tuple(Route.parse(route) for route in ((http,) if isinstance(http, str) else http))

        def declare(function: Function) -> Function:
            self.capabilities.append(_describe(function, scope=scope, kind=kind, routes=routes, **offer))
            return function

        return declare


def _describe(function: Function, **offer: Any) -> Capability:
    hints = get_type_hints(function)
    given = next(name for name in inspect.signature(function).parameters if name != "call")
    return Capability(
        name=function.__name__,
        summary=inspect.cleandoc(function.__doc__ or "").split("\n\n")[0].replace("\n", " "),
        function=function,
        input=hints[given],
        output=hints["return"],
        **offer,
    )


class Registry:
    """Every capability of every room, by name."""

    def __init__(self, rooms: Iterable[Room]) -> None:
        self._by_name: dict[str, Capability] = {}
        self._room_of: dict[str, str] = {}
        self._subject_of: dict[str, str] = {}
        for room in rooms:
            for capability in room.capabilities:
                if capability.name in self._by_name:
                    raise ValueError(f"Two capabilities are called {capability.name}")
                self._by_name[capability.name] = capability
                self._room_of[capability.name] = room.name
                self._subject_of[capability.name] = room.subject_of(capability.name)

    def __iter__(self) -> Iterator[Capability]:
        return iter(self._by_name.values())

    def __getitem__(self, name: str) -> Capability:
        return self._by_name[name]

    def __contains__(self, name: str) -> bool:
        return name in self._by_name

    def room_of(self, name: str) -> str:
        """The name of the room that declared this capability."""
        return self._room_of[name]

    def subject_of(self, name: str) -> str:
        """The name of the innermost room that declared this capability: the part of the room that it belongs to."""
        return self._subject_of[name]

    def nearest(self, name: str) -> str | None:
        """The capability whose name looks most like this one."""
        return nearest(name, self._by_name)


def acting_through(actor: Actor, client: str) -> Actor:
    """The same actor, carried by this client."""
    return actor if actor.client == client else replace(actor, client=client)
