"""What ZeroDB's operations take and answer."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, AliasChoices, Field, StringConstraints, field_validator
from typing_extensions import TypedDict

from crewhall.integrations.kit import Paged
from crewhall.integrations.kit.vectors import MOST_NUMBERS
from crewhall.kit.json import dumps
from crewhall.kit.model import Model
from crewhall.kit.text import Prose, ShortLine

LARGEST = 3.0e38
SMALLEST = 1.0e-30
Name = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$"),
    Field(examples=["tickets"], description="The collection's name."),
]
Numbers = Annotated[list[float], Field(min_length=1, max_length=MOST_NUMBERS)]
LONGEST_METADATA = 20_000


def _storable(value: dict[str, Any]) -> dict[str, Any]:
    """What PostgreSQL can keep as jsonb."""
    try:
        text = dumps(value)
    except (TypeError, RecursionError) as error:
        raise ValueError("must be plain JSON: text, numbers of 64 bits, true, false, null, lists and objects") from error
    if len(text) > LONGEST_METADATA:
        raise ValueError(f"must not have more than {LONGEST_METADATA} bytes")
    if b"\\u0000" in text:
        raise ValueError("must not contain NUL")
    return value


Metadata = Annotated[dict[str, Any], Field(max_length=100), AfterValidator(_storable)]
VECTOR_ID = AliasChoices("vector_id", "id")


def _with_direction(numbers: list[float]) -> list[float]:
    """Numbers as the database keeps them, of which not all are zero: zero points nowhere, so that nothing is near to it."""
    if not all(abs(number) < LARGEST for number in numbers):
        raise ValueError("must hold finite numbers below 3e38")
    if not any(abs(number) > SMALLEST for number in numbers):
        raise ValueError("must not be all zeros: nothing is near to that")
    return numbers


class NewCollection(Model):
    """A collection to be made."""

    name: Name
    dimension: Annotated[
        int, Field(ge=1, le=MOST_NUMBERS, description="How many numbers each of its vectors has: as many as your model gives.")
    ] = 1536


class CollectionWanted(Model):
    """Which collection."""

    collection: Name


class CollectionsWanted(Paged):
    """Which part of the collections."""


class NewEmbedding(CollectionWanted):
    """A vector to be kept."""

    vector: Annotated[Numbers, Field(validation_alias=AliasChoices("vector", "embedding"), description="The numbers.")]
    vector_id: Annotated[
        ShortLine | None, Field(validation_alias=VECTOR_ID, description="Its id; one that is there is replaced. Left out: a new one.")
    ] = None
    document: Annotated[Prose | None, Field(description="The text that it stands for.")] = None
    metadata: Annotated[Metadata, Field(description="What is known of it; searches can ask for it.")] = {}

    _directed = field_validator("vector")(_with_direction)


class SearchWanted(CollectionWanted):
    """What to look for."""

    vector: Annotated[Numbers, Field(validation_alias=AliasChoices("vector", "query_vector"), description="The nearest to this are found.")]
    limit: Annotated[int, Field(ge=1, le=200, description="How many at the most.")] = 10
    threshold: Annotated[float, Field(ge=-1, le=1, description="Only those at least so similar: 1 the same, 0 nothing in common.")] = -1.0
    filter: Annotated[Metadata, Field(description="Only those whose metadata holds all of this.")] = {}

    _directed = field_validator("vector")(_with_direction)


class VectorWanted(CollectionWanted):
    """Which vector."""

    vector_id: Annotated[ShortLine, Field(validation_alias=VECTOR_ID, description="The vector's id in its collection.")]


class Stored(TypedDict):
    """A vector that is kept; `created` is false where it replaced another one."""

    collection: str
    id: str
    created: bool


class CollectionInfo(TypedDict):
    """A collection."""

    name: str
    dimension: int
    vectors: int


class CollectionPage(TypedDict):
    """Collections, in the order of their names."""

    collections: list[CollectionInfo]
    next_cursor: str | None


class Found(TypedDict):
    id: str
    similarity: float
    document: str | None
    metadata: dict[str, Any]


class Similar(TypedDict):
    """Vectors that were found, the nearest first."""

    matches: list[Found]


class Vector(TypedDict):
    """A vector with its numbers."""

    id: str
    collection: str
    vector: list[float]
    document: str | None
    metadata: dict[str, Any]


class Gone(TypedDict):
    """What is not there any more."""

    deleted: bool
    what: str


class Stats(TypedDict):
    """A collection, and what searches it: pgvector, or a comparison with each."""

    name: str
    dimension: int
    vectors: int
    engine: str
