"""`crewhall login`, `logout`, `whoami`, `profiles`: which hall, and as whom."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import Annotated, Any
from urllib.parse import urlsplit

import typer

from crewhall.faces.cli import client, output, profiles, wording
from crewhall.faces.cli.output import AsJson, note, say
from crewhall.faces.cli.profiles import Book, Profile, Target
from crewhall.faces.cli.trouble import Misused, NotAllowed, NotSignedIn, Trouble

ME = "/api/v1/users/me"


def login(
    address: Annotated[str | None, typer.Argument(help="The hall, such as http://127.0.0.1:8000.")] = None,
    email: Annotated[str | None, typer.Option("--email", help="Whose log-in; asked for when not given.")] = None,
    key: Annotated[bool, typer.Option("--key", help="With an API key, asked for or read from the standard input.")] = False,
    demo: Annotated[bool, typer.Option("--demo", help="As the owner of the demo organisation.")] = False,
    organisation: Annotated[str | None, typer.Option("--organisation", help="Which one, for members of several.")] = None,
    profile: Annotated[str | None, typer.Option("--profile", help="Keep it under this name.")] = None,
) -> None:
    """Sign in to a hall and remember it. Secrets are asked for without echo, never given as arguments.

    Example: crewhall login http://127.0.0.1:8000 --email ines@tidewater.example
    """
    book = profiles.load()
    where = profiles.read_address(address) if address else _known_address(book)
    _warn_of_clear_text(where)
    made = _with_key(where) if key else _as_demo(where) if demo else _with_password(where, email, organisation)
    name = profile or profiles.wanted_name() or _name_for(where, book)
    profiles.save(book.with_profile(name, made))
    say(f"Signed in to {where} as {made.member}. Profile: {name}")
    if os.environ.get("CREWHALL_URL") or os.environ.get("CREWHALL_API_KEY"):
        note("CREWHALL_URL and CREWHALL_API_KEY beat profiles while they are set in the environment")


def _known_address(book: Book) -> str:
    if url := os.environ.get("CREWHALL_URL"):
        return profiles.read_address(url)
    name = profiles.wanted_name()
    known = book.profiles.get(name if name is not None else book.current or "")
    found = known.address if known else profiles.running_hall()
    if found is None:
        raise Misused("Which hall? No profile names one and none runs on this machine", "Say it: crewhall login http://HOST:PORT")
    return found


def _warn_of_clear_text(address: str) -> None:
    if address.startswith("http:") and not profiles.is_loopback(address):
        note(f"{address} is not encrypted: whoever listens on the way can read the credential. Prefer https.")


def _name_for(address: str, book: Book) -> str:
    """The name under which this hall is known already; else `default`, or the hall's host when that is taken."""
    known = [name for name, profile in book.profiles.items() if profile.address == address]
    if known:
        return book.current if book.current in known else known[0]
    return "default" if "default" not in book.profiles else urlsplit(address).netloc


def _with_key(address: str) -> Profile:
    where = Target(address, secret("API key"), "the key that you gave")
    with client.open_target(where) as hub:
        try:
            name = str(hub.get(ME)["name"])
        except NotAllowed:  # it opens something, but not who it belongs to
            name = "a key with few rights"
    return Profile(address, where.credential or "", "key", name)


def _with_password(address: str, email: str | None, organisation: str | None) -> Profile:
    if email is None:
        if not output.on_terminal():
            raise Misused("Nobody can be asked here: give --email and the password on the standard input, or use --key")
        email = typer.prompt("E-mail", err=True)
    given = {"email": email, "password": secret("Password")} | ({"organisation": organisation} if organisation else {})
    return _session(address, "/api/v1/auth/login", given)


def _as_demo(address: str) -> Profile:
    return _session(address, "/api/v1/auth/demo-login", None)


def _session(address: str, path: str, given: dict[str, str] | None) -> Profile:
    with client.open_target(Target(address, None, "the address that you gave")) as hub:
        try:
            answer = hub.send("POST", path, given, repeatable=False)
        except NotSignedIn as refusal:
            raise NotSignedIn(refusal.message, "Forgotten? Its operator resets it: crewhall user reset E-MAIL") from refusal
    return Profile(address, answer["access_token"], "session", str(answer["user"]["name"]), answer["expires_at"])


def secret(what: str, *, from_input: bool = False) -> str:
    """Asked for without echo; without a terminal, or where it is to come from there, the first line of the standard input."""
    asked = output.on_terminal() and not from_input
    given = typer.prompt(what, hide_input=True, err=True) if asked else sys.stdin.readline().rstrip("\r\n")
    if not given:
        raise Misused(f"No {what} was given", "Type it, or write it to the standard input")
    return str(given)


def logout() -> None:
    """Sign out: end the session on the hall and forget the profile."""
    book = profiles.load()
    name = profiles.wanted_name() or book.current
    if name is None:
        raise Misused("Nobody is signed in here")
    profile = book.require(name)
    if profile.kind == "session":
        _end(profile, name)
    profiles.save(book.without(name))
    say(f"Signed out of {profile.address}. Profile {name} is forgotten")


def _end(profile: Profile, name: str) -> None:
    """End the session on the hall too. A hall that is away ends it by itself after seven days."""
    try:
        with client.open_target(Target(profile.address, profile.credential, f"profile {name}", "session")) as hub, suppress(NotSignedIn):
            hub.send("POST", "/api/v1/auth/logout")
    except Trouble as trouble:
        note(f"The session could not be ended on the hall ({trouble.message}); it ends {wording.exactly(profile.expires_at or '')}")


def whoami(as_json: AsJson = False) -> None:
    """Who you are here: name, role, hall, and where the credential comes from."""
    with client.open_hub() as hub:
        reply = hub.call("GET", ME)
        if as_json:
            output.json_of(reply)
            return
        me, where = reply.json(), hub.target
    say(f"{wording.person_at_length(me['name'], me['kind'])}, {me['role']}", f"· {me['email']}" if me.get("email") else "")
    say(f"{where.address} · {where.source}")


# Profiles ---------------------------------------------------------------------------------------------------------

app = typer.Typer(help="The halls that you are signed in to.", invoke_without_command=True, no_args_is_help=False)


@app.callback()
def list_profiles(context: typer.Context) -> None:
    """The halls that you are signed in to; a star marks the one that is used."""
    if context.invoked_subcommand is None:
        show_profiles()


@app.command("list")
def show_profiles(as_json: AsJson = False) -> None:
    """List the profiles. No credential is shown."""
    book = profiles.load()
    rows = [_shown(name, profile, book.current == name) for name, profile in book.profiles.items()]
    if as_json:
        output.print_json(rows)
        return
    if not rows:
        note("No profiles yet: crewhall login ADDRESS")
    columns = [output.Column(head) for head in ("", "Profile", "Hall", "As", "With")]
    output.table(columns, [[output.text("*" if row["current"] else ""), *(output.text(row[part]) for part in PARTS)] for row in rows])


PARTS = ("name", "address", "member", "kind")


def _shown(name: str, profile: Profile, current: bool) -> dict[str, Any]:
    facts = {"name": name, "address": profile.address, "member": profile.member, "kind": profile.kind}
    return facts | {"expires_at": profile.expires_at, "current": current}


@app.command("use")
def use_profile(name: Annotated[str, typer.Argument(help="The profile's name.")]) -> None:
    """Use this profile from now on."""
    profiles.save(profiles.load().using(name))
    say(f"Profile {name} is used from now on")
