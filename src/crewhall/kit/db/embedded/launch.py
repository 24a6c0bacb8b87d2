"""Becomes a PostgreSQL program: drops rights, ties its life to its parent, and executes it.

Run as a file by the supervisor (server.py), in an interpreter of its own: between fork and exec of a program
with threads nothing but exec is safe. It imports nothing of Crewhall, and everything it needs before it drops rights,
because afterwards the interpreter's own files may be out of reach.

    launch.py PARENT UID GID NAMED PROGRAM [ARGUMENT ...]

UID and GID -1: stay who you are. NAMED 1: this user id has no name on this machine and the program insists on one, so it
runs in a user namespace in which its id is that of `nobody`; outside, its files belong to the real id all the same.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1
CLONE_NEWUSER = 0x10000000
NOBODY = 65534


def drop_rights(uid: int, gid: int) -> None:
    try:
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    except OSError as error:
        sys.exit(
            f"This root may not become user id {uid} ({error.strerror}), and PostgreSQL refuses to run as root: "
            "start Crewhall as an ordinary user, or set DATABASE_URL"
        )


def take_a_name(libc: ctypes.CDLL) -> None:
    uid, gid = os.geteuid(), os.getegid()
    try:
        enter_user_namespace(libc, uid, gid)
    except OSError as error:  # forbidden as a whole, or only what makes it of use
        sys.exit(
            f"user id {uid} has no name on this machine, and none can be lent to it (user namespaces: {error.strerror}): "
            "start Crewhall as a user with a name, or set DATABASE_URL"
        )


def enter_user_namespace(libc: ctypes.CDLL, uid: int, gid: int) -> None:
    if libc.unshare(CLONE_NEWUSER) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    for path, text in (("setgroups", b"deny"), ("uid_map", b"%d %d 1" % (NOBODY, uid)), ("gid_map", b"%d %d 1" % (NOBODY, gid))):
        with open(f"/proc/self/{path}", "wb", buffering=0) as file:  # bytes: a codec might have to be imported
            file.write(text)


def die_with_parent(libc: ctypes.CDLL, parent: int) -> None:
    """A fast shutdown when the hub dies, however it dies. Linux forgets the wish when rights change, so it comes last."""
    if sys.platform == "linux":
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGINT, 0, 0, 0)
        if os.getppid() != parent:  # it died before the wish was heard
            sys.exit("the hub has gone")


def main() -> None:
    parent, uid, gid, named = (int(word) for word in sys.argv[1:5])
    program = sys.argv[5:]
    libc = ctypes.CDLL(None, use_errno=True)
    if uid >= 0:
        drop_rights(uid, gid)
    if named:
        take_a_name(libc)
    die_with_parent(libc, parent)
    try:
        os.execv(program[0], program)
    except OSError as error:
        sys.exit(f"{program[0]} cannot be run by user id {os.geteuid()}: {error.strerror}")


if __name__ == "__main__":
    main()
