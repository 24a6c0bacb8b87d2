"""What Notion sends, as plain values and text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from crewhall.integrations.connectors.notion import models as m

BEGINS = {
    "heading_1": "# ", "heading_2": "## ", "heading_3": "### ", "bulleted_list_item": "- ", "numbered_list_item": "1. ", "quote": "> ",
    "callout": "> ",
}  # fmt: skip
LONGEST_PIECE = 2000
"""Notion takes so many characters in one piece of text."""
MOST_BLOCKS = 100


def plain(pieces: Any) -> str:
    """Rich text as text."""
    return "".join(str(piece.get("plain_text") or "") for piece in pieces or [])


def found(one: Mapping[str, Any]) -> m.Found:
    title = plain(one["title"]) if one["object"] == "data_source" else _title(one["properties"])
    return m.Found(
        id=one["id"], kind=one["object"], title=title, link=one.get("url"), parent=_parent(one.get("parent")),
        edited_at=one.get("last_edited_time"),
    )  # fmt: skip


def page(one: Mapping[str, Any]) -> m.Page:
    properties = one["properties"]
    return m.Page(
        id=one["id"], title=_title(properties), link=one.get("url"), parent=_parent(one.get("parent")), in_trash=bool(one.get("in_trash")),
        created_at=one.get("created_time"), edited_at=one.get("last_edited_time"),
        properties={name: value_of(held) for name, held in properties.items() if held.get("type") != "title"},
    )  # fmt: skip


def _title(properties: Mapping[str, Any]) -> str:
    return next((plain(held["title"]) for held in properties.values() if held.get("type") == "title"), "")


def _parent(parent: Mapping[str, Any] | None) -> str | None:
    """The id of what something lies below; None at the top of the workspace."""
    kind = (parent or {}).get("type")
    return str(parent[kind]) if parent and isinstance(kind, str) and isinstance(parent.get(kind), str) else None


def value_of(held: Mapping[str, Any]) -> Any:
    """A property as a plain value: text, number, true or false, a date or two, or a list of names."""
    kind = str(held["type"])
    value = held.get(kind)
    if kind in {"rich_text", "title"}:
        return plain(value)
    if kind == "formula" and isinstance(value, dict):
        return value.get(str(value.get("type")))
    if kind == "rollup" and isinstance(value, dict):
        return _rollup(value)
    if isinstance(value, list):
        return [_name(one) for one in value]
    return _name(value)


def _rollup(value: Mapping[str, Any]) -> Any:
    held = value.get(str(value.get("type")))
    return [value_of(one) for one in held] if isinstance(held, list) else _name(held)


def _name(value: Any) -> Any:
    """What people call a thing: an option by its name, a date by its day, another page by its id."""
    if not isinstance(value, dict):
        return value
    if "start" in value:
        return value["start"] if value.get("end") is None else f"{value['start']} to {value['end']}"
    return value.get("name") or value.get("number") or value.get("id")


def block(one: Mapping[str, Any], depth: int) -> m.Block:
    return m.Block(id=one["id"], kind=one["type"], depth=depth, text=text_of(one))


def text_of(one: Mapping[str, Any]) -> str:
    """What a block says, nearly as Markdown; empty for one that only shows something."""
    kind = str(one["type"])
    held = one.get(kind)
    if not isinstance(held, dict):
        return ""
    if kind in {"child_page", "child_database"}:
        return f"[{held.get('title') or ''}]"
    if kind == "table_row":
        return " | ".join(plain(cell) for cell in held.get("cells") or [])
    if kind == "to_do":
        return f"- [{'x' if held.get('checked') else ' '}] {plain(held.get('rich_text'))}"
    if kind == "equation":
        return str(held.get("expression") or "")
    return BEGINS.get(kind, "") + (plain(held.get("rich_text")) or str(held.get("url") or ""))


def paragraphs(text: str) -> list[dict[str, Any]]:
    """Blocks for plain text, in pieces that Notion takes."""
    parts = [part.strip("\n") for part in text.replace("\r\n", "\n").split("\n\n")]
    return [{"paragraph": {"rich_text": rich(part)}} for part in parts if part]


def rich(text: str) -> list[dict[str, Any]]:
    return [{"text": {"content": text[start : start + LONGEST_PIECE]}} for start in range(0, len(text), LONGEST_PIECE)]


def source(one: Mapping[str, Any]) -> m.Source:
    return m.Source(id=one["id"], name=plain(one["title"]), properties={name: held["type"] for name, held in one["properties"].items()})


def user(one: Mapping[str, Any]) -> m.User:
    person = one.get("person")
    email = person.get("email") if isinstance(person, dict) else None
    return m.User(id=one["id"], name=one.get("name") or "", kind=one.get("type") or "person", email=email)


def together(blocks: Sequence[m.Block]) -> str:
    return "\n".join(f"{'  ' * one['depth']}{one['text']}" for one in blocks if one["text"])
