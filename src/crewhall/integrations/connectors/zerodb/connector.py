"""ZeroDB: a store of vectors, kept where everything else of the hall is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from crewhall.integrations.connectors.zerodb import models as m
from crewhall.integrations.connectors.zerodb.manifest import MANIFEST
from crewhall.integrations.kit import Connector, operation
from crewhall.integrations.kit.vectors import Collection, Embedding, Wish
from crewhall.kit.capability import Kind
from crewhall.kit.errors import Conflict, NotFound, ValidationFailed
from crewhall.kit.ids import new_id


class ZeroDB(Connector):
    """The organisation's vectors."""

    manifest = MANIFEST

    async def whoami(self) -> dict[str, Any]:
        """Asked of the database itself: it counts what is there."""
        return {"id": "own", "name": "This hall's database", **await self.vectors.standing()}

    @operation(
        kind=Kind.WRITE,
        aliases=("new_vector_collection", "make_collection"),
        questions=("Make a collection for our tickets' embeddings.", "Create a vector store.", "I need a collection with 384 dimensions."),
    )
    async def create_collection(self, wanted: m.NewCollection) -> m.CollectionInfo:
        """Make a collection for vectors of one length; one that is there already is answered as it is."""
        await self.vectors.create(wanted.name, wanted.dimension)
        found = await self._collection(wanted.name)
        if found.dimension != wanted.dimension:
            raise Conflict(f"There is a collection {wanted.name} for vectors of {found.dimension} numbers already: take another name")
        return m.CollectionInfo(name=found.name, dimension=found.dimension, vectors=found.vectors)

    @operation(
        aliases=("vector_collections", "list_vector_stores"),
        questions=("Which vector collections are there?", "What is kept as embeddings?", "List our vector stores."),
    )
    async def list_collections(self, wanted: m.CollectionsWanted) -> m.CollectionPage:
        """The collections, with their dimension and how many vectors each holds."""
        found = await self.vectors.collections(wanted.cursor or "", wanted.limit + 1)
        rows = [m.CollectionInfo(name=one.name, dimension=one.dimension, vectors=one.vectors) for one in found[: wanted.limit]]
        return m.CollectionPage(collections=rows, next_cursor=rows[-1]["name"] if len(found) > wanted.limit else None)

    @operation(
        aliases=("vector_statistics", "collection_size"),
        questions=(
            "How many vectors are in this collection?",
            "Which dimension does the collection have?",
            "How is it searched?",
        ),
    )
    async def get_collection_stats(self, wanted: m.CollectionWanted) -> m.Stats:
        """How many vectors a collection holds, of which dimension, and how it is searched."""
        found = await self._collection(wanted.collection)
        engine = (await self.vectors.standing())["engine"]
        return m.Stats(name=found.name, dimension=found.dimension, vectors=found.vectors, engine=engine)

    @operation(
        kind=Kind.DESTRUCTIVE,
        aliases=("drop_collection", "remove_vector_collection"),
        questions=("Delete this vector collection.", "Drop the collection of old tickets.", "Remove the embeddings of that project."),
    )
    async def delete_collection(self, wanted: m.CollectionWanted) -> m.Gone:
        """Delete a collection with all its vectors."""
        if not await self.vectors.drop(wanted.collection):
            raise _no_collection(wanted.collection)
        return m.Gone(deleted=True, what=wanted.collection)

    @operation(
        kind=Kind.WRITE,
        aliases=("upsert_vector", "save_embedding", "add_vector"),
        questions=("Keep the embedding of this ticket.", "Store this vector.", "Add the text with its embedding to the collection."),
    )
    async def store_embedding(self, wanted: m.NewEmbedding) -> m.Stored:
        """Keep a vector with its text and metadata; one with the same id is replaced."""
        await self._fitting(wanted.collection, wanted.vector)
        key = wanted.vector_id or str(new_id())
        fresh = await self.vectors.store(wanted.collection, [Embedding(key, wanted.vector, wanted.document, wanted.metadata)])
        return m.Stored(collection=wanted.collection, id=key, created=fresh == 1)

    @operation(
        aliases=("vector_search", "find_similar", "nearest_neighbours"),
        questions=("Which tickets are similar to this one?", "Find the nearest vectors.", "Search the embeddings for this text's vector."),
    )
    async def search_similar(self, wanted: m.SearchWanted) -> m.Similar:
        """The vectors nearest to one, by cosine, with their texts and metadata."""
        await self._fitting(wanted.collection, wanted.vector)
        found = await self.vectors.search(wanted.collection, Wish(wanted.vector, wanted.limit, wanted.threshold, wanted.filter))
        rows = [
            m.Found(id=one.key, similarity=round(one.similarity, 6), document=one.document, metadata=dict(one.metadata)) for one in found
        ]
        return m.Similar(matches=rows)

    @operation(
        aliases=("read_vector", "fetch_embedding"),
        questions=("Show the embedding of this ticket.", "What text does this vector stand for?", "Is there a vector with this id?"),
    )
    async def get_embedding(self, wanted: m.VectorWanted) -> m.Vector:
        """One vector with its numbers, text and metadata."""
        found = await self.vectors.get((await self._collection(wanted.collection)).name, wanted.vector_id)
        if found is None:
            raise _no_vector(wanted)
        return m.Vector(
            id=found.key, collection=wanted.collection, vector=list(found.vector), document=found.document, metadata=dict(found.metadata)
        )

    @operation(
        kind=Kind.DESTRUCTIVE,
        aliases=("remove_vector", "drop_embedding"),
        questions=("Delete the embedding of this ticket.", "Remove this vector.", "Take that text out of the collection."),
    )
    async def delete_embedding(self, wanted: m.VectorWanted) -> m.Gone:
        """Delete one vector with its text."""
        if not await self.vectors.remove((await self._collection(wanted.collection)).name, wanted.vector_id):
            raise _no_vector(wanted)
        return m.Gone(deleted=True, what=wanted.vector_id)

    async def _collection(self, name: str) -> Collection:
        found = await self.vectors.collection(name)
        if found is None:
            raise _no_collection(name)
        return found

    async def _fitting(self, name: str, vector: Sequence[float]) -> None:
        dimension = (await self._collection(name)).dimension
        if len(vector) != dimension:
            raise ValidationFailed.of("vector", f"{name} holds vectors of {dimension} numbers, and this one has {len(vector)}")


def _no_collection(name: str) -> NotFound:
    return NotFound(f"There is no collection {name}: zerodb_list_collections names those there are", collection=name)


def _no_vector(wanted: m.VectorWanted) -> NotFound:
    return NotFound(f"There is no vector {wanted.vector_id} in {wanted.collection}", vector_id=wanted.vector_id)
