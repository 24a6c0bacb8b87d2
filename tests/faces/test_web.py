"""The page: who gets in, what it shows, and what it never does. What its script does is seen in a browser."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest

from crewhall.faces.web.assets import FOLDER, Assets
from crewhall.faces.web.board import STATUSES, Column, only_newest
from crewhall.faces.web.frame import GROUPS
from crewhall.faces.web.login import LARGEST_FORM
from crewhall.faces.web.wording import clock, day, initials
from tests.harness.hall import Hall, rest_client

FORM = {"Content-Type": "application/x-www-form-urlencoded", "Origin": "http://localhost"}
TEMPLATES = FOLDER.parent / "templates"


async def log_in(hall: Hall, **fields: str) -> httpx2.Response:
    given = {"email": hall.founded.email, "password": hall.founded.password} | fields
    return await hall.rest_as(None).post("/login", data=given, headers=FORM)


async def page_of(hall: Hall) -> httpx2.AsyncClient:
    """A client with the owner's cookie, as a browser would send it."""
    page = hall.rest_as(None)
    page.headers["Cookie"] = (await log_in(hall)).headers["set-cookie"].partition(";")[0]
    return page


async def board_of(page: httpx2.AsyncClient) -> str:
    reply = await page.get("/board")
    assert 200 == reply.status_code
    return reply.text


def column(board: str, status: str) -> str:
    """The part of a board between the heading of a column and the next column."""
    return board.partition(f'id="column-{status}"')[2].partition("</section>")[0]


# Getting in and out ---------------------------------------------------------------------------------------------------


async def test_the_front_door_leads_to_the_board(hall: Hall) -> None:
    reply = await hall.rest_as(None).get("/")

    assert (303, "/board") == (reply.status_code, reply.headers["location"])


@pytest.mark.parametrize("cookie", ["", "crewhall_session=", "crewhall_session=nonsense", "crewhall_session=crew_nonsense"])
async def test_who_is_not_logged_in_is_sent_to_the_log_in(hall: Hall, cookie: str) -> None:
    reply = await hall.rest_as(None).get("/board", headers={"Cookie": cookie})

    assert (303, "/login") == (reply.status_code, reply.headers["location"])


async def test_a_log_in_opens_the_board_for_a_week(hall: Hall) -> None:
    reply = await log_in(hall)

    _, *attributes = reply.headers["set-cookie"].split("; ")
    assert (303, "/board") == (reply.status_code, reply.headers["location"])
    assert {"HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=604800"} == set(attributes)
    assert "Olive Owner" in await board_of(await page_of(hall))


async def test_over_https_the_cookie_is_kept_from_plain_http(hall: Hall) -> None:
    client = httpx2.AsyncClient(transport=httpx2.ASGITransport(hall.app), base_url="https://localhost")
    given = {"email": hall.founded.email, "password": hall.founded.password}

    reply = await client.post("/login", data=given, headers=FORM)

    assert reply.headers["set-cookie"].endswith("; Secure")


async def test_a_wrong_password_shows_the_form_again_with_the_email(hall: Hall) -> None:
    reply = await log_in(hall, email='"><script>@example.test', password="wrong")

    assert 401 == reply.status_code
    assert "set-cookie" not in reply.headers
    assert "E-mail or password is wrong" in reply.text
    assert 'value="&#34;&gt;&lt;script&gt;@example.test"' in reply.text


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"", "application/x-www-form-urlencoded", 422),
        (b"email=a&password=", "application/x-www-form-urlencoded; charset=utf-8", 422),
        (b"email=a&password=b", "application/json", 400),
        (b"email=a&password=b", "", 400),
        (b"email=%ff&password=b", "application/x-www-form-urlencoded", 400),
        (b"email=\xff&password=b", "application/x-www-form-urlencoded", 400),
        (b"&".join(b"a%d=b" % number for number in range(41)), "application/x-www-form-urlencoded", 400),
        (b"email=" + b"a" * LARGEST_FORM, "application/x-www-form-urlencoded", 413),
    ],
)
async def test_a_form_that_is_none_is_refused_in_words(hall: Hall, body: bytes, content_type: str, status: int) -> None:
    reply = await hall.rest_as(None).post("/login", content=body, headers=FORM | {"Content-Type": content_type})

    assert status == reply.status_code
    assert 'role="alert"' in reply.text


async def test_who_is_logged_in_needs_no_form(hall: Hall) -> None:
    reply = await (await page_of(hall)).get("/login")

    assert (303, "/board") == (reply.status_code, reply.headers["location"])


async def test_without_a_demo_nobody_gets_in_by_the_demo_button(hall: Hall) -> None:
    form = await hall.rest_as(None).get("/login")
    reply = await log_in(hall, demo="1")

    assert "demo" not in form.text
    assert (404, False) == (reply.status_code, "set-cookie" in reply.headers)


async def test_where_a_demo_runs_a_button_opens_it(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hall.world.access, "demo_email", hall.founded.email)

    form = await hall.rest_as(None).get("/login")
    reply = await hall.rest_as(None).post("/login", data={"demo": "1"}, headers=FORM)

    assert 'name="demo"' in form.text
    assert (303, "/board") == (reply.status_code, reply.headers["location"])


async def test_a_log_out_takes_the_cookie_away(hall: Hall) -> None:
    reply = await (await page_of(hall)).post("/logout", headers=FORM)

    assert (303, "/login") == (reply.status_code, reply.headers["location"])
    assert reply.headers["set-cookie"].startswith("crewhall_session=; ")
    assert "Max-Age=0" in reply.headers["set-cookie"]


async def test_another_site_cannot_log_anybody_out(hall: Hall) -> None:
    reply = await (await page_of(hall)).post("/logout", headers=FORM | {"Origin": "https://evil.example"})

    assert (403, False) == (reply.status_code, "set-cookie" in reply.headers)


# The board ------------------------------------------------------------------------------------------------------------


async def test_the_board_shows_each_task_in_the_column_of_its_status(hall: Hall) -> None:
    waiting = await hall.make_task("Paint the gate", repository="grounds", priority="critical", complexity="extreme")
    done = await hall.move(await hall.make_task("Oil the hinges", assignee_id="me"), "completed")

    board = await board_of(await page_of(hall))

    shown, finished = column(board, "not_started"), column(board, "completed")
    said = (waiting["key"], "Paint the gate", "grounds", "Priority critical", "Complexity extreme", "Nobody")
    assert [] == [word for word in said if word not in shown]
    assert [] == [word for word in (done["key"], "Oil the hinges", 'aria-label="robin, agent"', "<time") if word not in finished]
    assert done["key"] not in shown


async def test_the_navigation_says_whose_hall_it_is(hall: Hall) -> None:
    board = await board_of(await page_of(hall))

    assert re.search(r"<b>Organisation \d+</b>", board)


async def test_a_dropped_task_is_not_on_the_board(hall: Hall) -> None:
    await hall.move(await hall.make_task("Build a moat"), "deprecated")

    assert "Build a moat" not in await board_of(await page_of(hall))


async def test_the_board_of_one_organisation_shows_nothing_of_another(hall: Hall) -> None:
    other = await Hall.open(hall.world, hall.app)
    await other.make_task("Their secret plan")

    board = await board_of(await page_of(hall))

    assert "Their secret plan" not in board
    await other.rest.aclose()


async def test_a_title_is_text_and_never_markup(hall: Hall) -> None:
    await hall.make_task('</h3><script>alert(1)</script>" onclick="x')

    board = await board_of(await page_of(hall))

    assert "<script>alert" not in board
    assert '" onclick="' not in board


async def test_nothing_is_missed_between_the_page_and_its_stream(hall: Hall) -> None:
    page = await page_of(hall)
    await hall.make_task("Before")
    board = await board_of(page)
    after = await hall.make_task("After")

    cursor = re.search(r'data-cursor="([^"]+)"', board)
    assert cursor is not None
    changes = (await page.get("/api/changes", params={"cursor": cursor[1]})).json()

    assert not changes["reset"]
    assert after["id"] in {change["task_id"] for change in changes["changes"]}


async def test_two_log_ins_of_one_person_do_not_share_a_stream(hall: Hall) -> None:
    boards = [await board_of(await page_of(hall)) for _ in range(2)]

    names = {match[1] for board in boards if (match := re.search(r'data-stream="([^"]+)"', board))}
    assert 2 == len(names)


async def test_a_column_pages_at_fifty(hall: Hall) -> None:
    for number in range(51):
        await hall.make_task(f"Plank {number}")

    first = column(await board_of(await page_of(hall)), "not_started")

    assert 50 == first.count('<li class="card"')
    assert "50+" in first
    assert "Plank 0<" not in first


async def test_who_may_only_read_is_offered_no_change(hall: Hall) -> None:
    key = await hall.join("Vera Viewer", role="viewer")

    board = await board_of(hall.rest_as(key))

    assert "Vera Viewer" in board
    assert "data-new-task" not in board
    assert "board movable" not in board


def task(task_id: int, version: int) -> Any:
    return {"id": task_id, "version": version}


def test_a_task_that_moves_while_the_columns_are_read_is_shown_once() -> None:
    read = [Column(STATUSES[0], [task(1, 1), task(2, 1)], None), Column(STATUSES[1], [task(1, 2)], "more")]

    shown = only_newest(read)

    assert [[task(2, 1)], [task(1, 2)]] == [part.tasks for part in shown]
    assert "more" == shown[1].more


# What pages are made of -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/", "/login", "/board"])
async def test_every_page_is_locked_to_its_own_house(hall: Hall, path: str) -> None:
    reply = await (await page_of(hall)).get(path)

    policy = dict(part.split(" ", 1) for part in reply.headers["content-security-policy"].split("; "))
    assert "'none'" == policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"]
    assert "'self'" == policy["script-src"] == policy["style-src"] == policy["connect-src"] == policy["form-action"]
    assert ("no-store", "nosniff", "same-origin") == tuple(
        reply.headers[name] for name in ("cache-control", "x-content-type-options", "referrer-policy")
    )


@pytest.mark.parametrize("template", sorted(TEMPLATES.iterdir()), ids=lambda path: path.name)
def test_no_page_carries_script_style_or_an_address_of_others(template: Path) -> None:
    html = template.read_text()

    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", html)
    assert not re.search(r"https?:|(?:src|href|action)=\"//", html)


async def test_what_a_page_names_is_there_and_may_be_kept_for_ever(hall: Hall) -> None:
    page = await page_of(hall)
    named = set(re.findall(r'"(/static/[^"#]+)', await board_of(page)))

    replies = [await hall.rest_as(None).get(name) for name in named]

    assert len(named) >= 8
    assert {200} == {reply.status_code for reply in replies}
    assert {"public, max-age=31536000, immutable"} == {reply.headers["cache-control"] for reply in replies}


@pytest.mark.parametrize("path", ["/nope", "/a/b/c", "/%00", "/join/a/b", "/api/nope"])
async def test_people_who_mistype_an_address_get_a_page_and_programs_an_error(hall: Hall, path: str) -> None:
    rest = hall.rest_as(None)
    page = await rest.get(path, headers={"Accept": "text/html,*/*;q=0.8"})
    error = await rest.get(path)
    changed = await rest.post(path, headers={"Accept": "text/html"})

    assert (404, True) == (page.status_code, "There is nothing at this address" in page.text)
    assert [(404, "not_found")] * 2 == [(reply.status_code, reply.json()["error"]["code"]) for reply in (error, changed)]


@pytest.mark.parametrize("name", ["board.js", "board.000000000000.js", "..%2fboard.py", "", "%00"])
async def test_what_is_not_there_is_not_found(hall: Hall, name: str) -> None:
    reply = await hall.rest_as(None).get(f"/static/{name}")

    assert (404, "not_found") == (reply.status_code, reply.json()["error"]["code"])


def test_modules_import_each_other_by_their_public_names() -> None:
    assets = Assets.load()

    imports = {name for content, _ in assets.files.values() for name in re.findall(rb'from "\./([^"]+)"', content)}

    assert imports
    assert {name.decode() for name in imports} <= assets.files.keys()


def test_another_content_is_another_build(tmp_path: Path) -> None:
    (tmp_path / "a.js").write_text("1")
    before = Assets.load(tmp_path)
    (tmp_path / "a.js").write_text("2")

    assert before.build != Assets.load(tmp_path).build
    assert f"/static/a.{before.build}.js" == before.address("a.js")


def test_every_mark_that_a_page_uses_is_drawn() -> None:
    drawn = set(re.findall(r'symbol id="([^"]+)"', (FOLDER / "icons.svg").read_text()))
    sources = [path.read_text() for path in (*TEMPLATES.iterdir(), *FOLDER.glob("*.js"))]
    used = {name for text in sources for name in re.findall(r'icon(?:\(|: )"([\w-]+)"', text)}
    used |= {place.icon for _, places in GROUPS for place in places}
    fixed = {name for text in sources for name in re.findall(r'["#]([is]-[a-z]{2,})"', text)}

    assert {f"i-{name}" for name in used} | fixed <= drawn
    assert {f"s-{status.value}" for status in STATUSES} <= drawn
    assert {f"{kind}-{value}" for kind in "pc" for value in ("low", "medium", "high")} | {"p-critical", "c-extreme"} <= drawn


@pytest.mark.parametrize(
    ("name", "kind", "letters"),
    [
        ("Ines Duarte", "person", "ID"),
        ("Ana Maria da Silva", "person", "AS"),
        ("Owner", "person", "O"),
        ("élodie durand", "person", "ÉD"),
        ("", "person", "?"),
        ("claude-code", "agent", "cc"),
        ("codex", "agent", "co"),
        ("ClickUp sync", "service", "cs"),
        ("---", "agent", "?"),
    ],
)
def test_initials(name: str, kind: str, letters: str) -> None:
    assert letters == initials(name, kind)


def test_an_instant_is_short_and_names_its_zone() -> None:
    instant = datetime(2019, 11, 21, 9, 5, tzinfo=UTC)

    assert ("21 Nov 2019", "09:05 UTC") == (day(instant), clock(instant))
    assert f"{datetime.now(UTC):%-d %b}" == day(datetime.now(UTC))


async def test_a_page_that_cannot_be_shown_says_why(hall: Hall) -> None:
    key = await hall.join("Olga Outsider")
    async with hall.world.database.connection() as db:
        await db.execute("update api_keys set scopes = '{members:read}' where name = 'Olga Outsider'")

    reply = await rest_client(hall.app, key).get("/board")

    assert (403, "text/html; charset=utf-8") == (reply.status_code, reply.headers["content-type"])
    assert "tasks:read" in reply.text
