"""From a path to its endpoint."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.exceptions import HTTPException
from starlette.routing import Route

from crewhall.faces.router import Router


def route(method: str, path: str) -> Route:
    class Endpoint:
        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            scope["reached"] = f"{method} {path}"

    return Route(path, Endpoint(), methods=[method])


ROUTER = Router(
    [
        route("GET", "/tasks"),
        route("POST", "/tasks"),
        route("GET", "/tasks/search"),
        route("GET", "/tasks/{task_id}"),
        route("DELETE", "/tasks/{task_id}"),
        route("PUT", "/tasks/{task_id}/status"),
        route("GET", "/{organisation}/{name}"),
    ]
)
LAST = Router([route("GET", "/{rest:path}"), route("PUT", "/tasks"), route("GET", "/tasks/{task_id}")])


async def reach(method: str, path: str, router: Router = ROUTER) -> dict[str, Any]:
    scope: dict[str, Any] = {"type": "http", "method": method, "path": path}
    unused: Any = None
    await router(scope, unused, unused)
    return scope


@pytest.mark.parametrize(
    ("method", "path", "reached", "parameters"),
    [
        ("GET", "/tasks", "GET /tasks", {}),
        ("HEAD", "/tasks", "GET /tasks", {}),
        ("POST", "/tasks", "POST /tasks", {}),
        ("GET", "/tasks/search", "GET /tasks/search", {}),
        ("GET", "/tasks/CH-1", "GET /tasks/{task_id}", {"task_id": "CH-1"}),
        ("GET", "/tasks/search\n", "GET /tasks/{task_id}", {"task_id": "search\n"}),
        ("DELETE", "/tasks/\u202ex", "DELETE /tasks/{task_id}", {"task_id": "\u202ex"}),
        ("PUT", "/tasks/CH-1/status", "PUT /tasks/{task_id}/status", {"task_id": "CH-1"}),
        ("GET", "/people/ines", "GET /{organisation}/{name}", {"organisation": "people", "name": "ines"}),
    ],
)
async def test_a_path_reaches_its_endpoint(method: str, path: str, reached: str, parameters: dict[str, str]) -> None:
    scope = await reach(method, path)

    assert (reached, parameters) == (scope["reached"], scope["path_params"])


@pytest.mark.parametrize("path", ["", "/", "/tasks/", "/tasks/CH-1/", "/tasks/CH-1/status/x", "//tasks", "/tasks/CH/1/status", "tasks"])
async def test_an_unknown_path_is_not_found(path: str) -> None:
    with pytest.raises(HTTPException) as refused:
        await reach("GET", path)

    assert 404 == refused.value.status_code


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [("DELETE", "/tasks", "GET, HEAD, POST"), ("PATCH", "/tasks/CH-1", "DELETE, GET, HEAD"), ("DELETE", "/tasks/search", "GET, HEAD")],
)
async def test_another_method_is_told_which_there_are(method: str, path: str, allowed: str) -> None:
    with pytest.raises(HTTPException) as refused:
        await reach(method, path)

    assert (405, {"Allow": allowed}) == (refused.value.status_code, refused.value.headers)


@pytest.mark.parametrize(("path", "reached"), [("/tasks/CH-1", "/tasks/{task_id}"), ("/", "/{rest:path}"), ("/a/b/c", "/{rest:path}")])
async def test_a_path_that_no_route_knows_reaches_the_one_for_the_rest(path: str, reached: str) -> None:
    assert f"GET {reached}" == (await reach("GET", path, LAST))["reached"]


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/tasks", 405), ("POST", "/tasks/CH-1", 405), ("POST", "/nope", 404)])
async def test_the_route_for_the_rest_changes_no_refusal(method: str, path: str, status: int) -> None:
    with pytest.raises(HTTPException) as refused:
        await reach(method, path, LAST)

    assert status == refused.value.status_code
