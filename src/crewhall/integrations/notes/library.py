"""What platforms share that record meetings, and open their API on dear plans only: with a key they are asked, without one files come in.

Either way everything is looked for in one place, the organisation's shelf.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from pydantic import Field, StringConstraints
from typing_extensions import TypedDict

from crewhall.integrations.kit import Connector, Key, PlatformRefused
from crewhall.integrations.kit.shelf import Note
from crewhall.integrations.notes.models import NewFile
from crewhall.integrations.notes.rules import note_of

KEY, LIBRARY = "access_token", "library"
RecordId = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,100}$"), Field(examples=["file-5d41402abc4b2a76"], description="Its id, from a list.")
]


def library_key(title: str) -> Key:
    """What somebody names who has no key."""
    where = f"Instead of an API key: a word of your own, such as team-meetings. Nothing is asked of {title}; its exports come in as files"
    return Key(LIBRARY, "Name of a library", where, required=False, secret=False)


class OnlyHere(TypedDict):
    """What was done here, and that the platform knows nothing of it."""

    id: str
    done_here: bool
    there: Annotated[str, Field(description="What the platform would have to do, and why it did not.")]


class LibraryConnector(Connector):
    """A platform whose records are kept here, whether it can be asked or not."""

    source: ClassVar[str]

    async def whoami(self) -> dict[str, Any]:
        if await self.has_key():
            return await self.account()
        if self._wire is None or (name := await self._wire.token(LIBRARY)) is None:
            raise PlatformRefused(f"Name {KEY} or {LIBRARY}: {self.manifest.title} needs one of them")
        return {"id": f"library/{name}", "name": name, "notes": await self.shelf.count(self.source)}

    async def account(self) -> dict[str, Any]:
        """Hook: who the key belongs to, asked of the platform."""
        raise NotImplementedError

    async def has_key(self) -> bool:
        """Whether the platform can be asked."""
        assert self._wire is not None, "open the connector first: async with"
        return await self._wire.token(KEY) is not None

    async def require_key(self) -> None:
        if not await self.has_key():
            words = f"{self.manifest.title} was connected without an API key, as a library of files: connect it again with one for this"
            raise PlatformRefused(words)

    async def shelve(self, new: NewFile) -> Note:
        """Keep what a file says."""
        note = note_of(self.source, new)
        if not note.text:
            raise PlatformRefused("There is nothing said in this file: is it the right one?")
        await self.shelf.keep([note])
        return note

    def unknown(self, what: str) -> PlatformRefused:
        """What is said where neither the shelf nor the platform has it."""
        title = self.manifest.title
        return PlatformRefused(f"{title} and the notes kept here know no such {what}, or {title} is still working on it")
