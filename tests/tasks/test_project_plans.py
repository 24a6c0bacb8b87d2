"""Plans: by a model that answers well, else from a template; the answer always says which."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import uvicorn
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from crewhall.kit.settings import Settings
from crewhall.serving import bind
from crewhall.tasks.projects import plans
from crewhall.tasks.projects.models import NewProject
from crewhall.tasks.projects.planning import NoPlan, plan_ahead, read_plan
from tests.harness.hall import Hall

PLAN = {
    "name": "A pier, finally.",
    "epics": [
        {
            "title": "Piles",
            "stories": [{"title": "They stand", "tasks": [{"title": "Ram", "priority": "high", "estimate_hours": 2.5}]}],
        }
    ],
}


def completion(content: Any) -> bytes:
    return json.dumps({"choices": [{"message": {"content": content if isinstance(content, str) else json.dumps(content)}}]}).encode()


class Model:
    """An OpenAI-compatible server that answers what it is told to."""

    def __init__(self) -> None:
        self.answer, self.status, self.pause = completion(PLAN), 200, 0.0
        self.asked: list[dict[str, Any]] = []
        self.keys: list[str | None] = []

    async def complete(self, request: Request) -> Response:
        self.asked.append(await request.json())
        self.keys.append(request.headers.get("authorization"))
        await asyncio.sleep(self.pause)
        return Response(self.answer, self.status, media_type="application/json")


@pytest.fixture
async def model() -> AsyncIterator[tuple[Model, str]]:
    model, listener = Model(), bind("127.0.0.1", 0)
    app = Starlette(routes=[Route("/v1/chat/completions", model.complete, methods=["POST"])])
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off", timeout_graceful_shutdown=1))
    serving = asyncio.create_task(server.serve([listener]))
    yield model, f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
    server.should_exit = True
    await serving


@contextlib.contextmanager
def configured(hall: Hall, url: str, **more: Any) -> Any:
    """The hall with this model; everything else of it stays."""
    services: Any = hall.world.seam.services
    kept = services[Settings]
    services[Settings] = kept.model_copy(update={"model_url": url, "model_name": "small", **more})
    try:
        yield
    finally:
        services[Settings] = kept


async def test_without_a_model_a_template_plans_and_says_so(hall: Hall) -> None:
    made = await hall.call("create_project", description="Fix the crash of the gate app. It fails in the rain.")

    assert ("template", "repair", None) == (made["plan"]["by"], made["plan"]["template"], made["plan"]["model"])
    assert "No model is configured" in made["plan"]["note"]
    assert "Fix the crash of the gate app" == made["name"]
    keys = {task["key"]: task["type"] for task in made["planned"]}
    assert {"epic", "story", "task"} == set(keys.values())
    above = {task["type"]: keys.get(task["parent_key"]) for task in made["planned"]}
    assert {"epic": None, "story": "epic", "task": "story"} == above
    assert made["progress"]["tasks"] == sum(kind == "task" for kind in keys.values())


async def test_a_second_project_of_the_same_words_gets_a_number(hall: Hall) -> None:
    names = [(await hall.call("create_project", description="Paint the gate"))["name"] for _ in range(3)]

    assert ["Paint the gate", "Paint the gate 2", "Paint the gate 3"] == names


async def test_the_model_plans_where_there_is_one(hall: Hall, model: tuple[Model, str]) -> None:
    server, url = model

    with configured(hall, url, model_key=SecretStr("sesame")):
        made = await hall.call("create_project", description="Build a pier")

    assert ("model", "small", None) == (made["plan"]["by"], made["plan"]["model"], made["plan"]["template"])
    assert "A pier finally" == made["name"]
    assert ["Piles", "They stand", "Ram"] == [task["title"] for task in made["planned"]]
    ram = await hall.call("get_task", task_id=made["planned"][2]["key"])
    assert ("high", 150, "A pier finally") == (ram["priority"], ram["estimate_minutes"], ram["project"])
    assert ["Bearer sesame"] == server.keys
    (asked,) = server.asked
    assert "Build a pier" in asked["messages"][1]["content"]
    assert "json_schema" == asked["response_format"]["type"]


@pytest.mark.parametrize(
    ("answer", "status", "why"),
    [
        (b"", 500, "answered 500"),
        (b"no json", 200, "was no plan"),
        (b'{"choices": []}', 200, "was no plan"),
        (completion({"epics": []}), 200, "was no plan"),
        (completion({"epics": [{"title": "x" * 201, "stories": []}]}), 200, "was no plan"),
        (completion("[" * 5000), 200, "was no plan"),
        (completion({**PLAN, "name": "\u0000"}), 200, "was no plan"),
        (b"x" * 600_000, 200, "too long"),
    ],
)
async def test_whatever_else_the_model_answers_a_template_plans(
    hall: Hall, model: tuple[Model, str], answer: bytes, status: int, why: str
) -> None:  # fmt: skip
    server, url = model
    server.answer, server.status = answer, status

    with configured(hall, url):
        made = await hall.call("create_project", description="Build a pier")

    assert "template" == made["plan"]["by"]
    assert why in made["plan"]["note"]
    assert made["planned"]


async def test_a_model_that_thinks_too_long_or_is_away_holds_nobody_up(hall: Hall, model: tuple[Model, str]) -> None:
    server, url = model
    server.pause = 1.0

    with configured(hall, url, model_seconds=0.1):
        slow = await hall.call("create_project", description="Build a pier")
    with configured(hall, "http://127.0.0.1:1/v1"):
        away = await hall.call("create_project", description="Build a pier")

    assert "did not answer within 0.1 s" in slow["plan"]["note"]
    assert "could not be reached" in away["plan"]["note"]


async def test_no_transaction_is_open_while_the_model_thinks(hall: Hall, model: tuple[Model, str]) -> None:
    server, url = model
    server.pause = 0.3
    with configured(hall, url):
        asking = asyncio.create_task(hall.call("create_project", description="Build a pier"))
        async with asyncio.timeout(3):
            while not server.asked:
                await asyncio.sleep(0)
        async with hall.world.database.connection() as db:
            query = "select count(*) from pg_stat_activity where state = 'idle in transaction' and datname = current_database()"
            open_ones = await db.fetchval(query)
        await asking

    assert 0 == open_ones


async def test_a_fenced_answer_is_understood() -> None:
    plan = read_plan(completion(f"```json\n{json.dumps(PLAN)}\n```"))

    assert "Piles" == plan.epics[0].title


WORDS = st.text('abc é😀{}[]"\\\n', max_size=20)
NAMES = st.sampled_from(["name", "epics", "title", "stories", "tasks"])


@given(
    st.recursive(st.none() | st.booleans() | WORDS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner), max_leaves=8)
)
def test_no_answer_of_a_model_breaks_more_than_its_plan(content: Any) -> None:
    with pytest.raises(NoPlan):
        read_plan(json.dumps({"choices": [{"message": {"content": content}}]}).encode())


@given(st.text('bugfix apilunch é😀,.\n"', max_size=400))
def test_every_description_finds_a_template_that_makes_a_plan(description: str) -> None:
    plan = plans.from_template(plans.choose(description), description)

    assert sum(map(len, plans.levels_of(plan))) >= 10


def test_a_template_is_chosen_by_the_words_of_the_description() -> None:
    chosen = {
        text: plans.choose(text) for text in ("Fix the outage", "Launch the newsletter", "Compare two banks", "Build an API", "Tidy up")
    }

    assert ["repair", "event", "research", "software", "general"] == list(chosen.values())


async def test_nothing_is_asked_where_no_plan_is_wanted(model: tuple[Model, str]) -> None:
    server, url = model
    settings = Settings().model_copy(update={"model_url": url})

    planned = await plan_ahead({Settings: settings}, None, NewProject(description="Build a pier", plan=False))

    assert planned.plan is None
    assert [] == server.asked
