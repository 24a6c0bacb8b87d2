"""How fast the engine goes about its work."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Pace:
    """Measured, not guessed (docs/decisions/0011); tests are in more of a hurry.

    `poll`: how often the queue is asked without having called; a retry is never announced, so it waits for this.
    `rest`: the pause between two looks while something waits behind a lane. `heartbeat`: how long a worker may be silent
    before its jobs are another's. `listen_check`: how often the listener is tried, `listen_patience` how long it may take.
    `pause` to `longest_pause`: between two managers. `grace`: what running jobs are given at the end.
    """

    poll: timedelta = 2 * SECOND
    rest: timedelta = SECOND
    heartbeat: timedelta = 30 * SECOND
    listen_check: timedelta = 10 * SECOND
    listen_patience: timedelta = 5 * SECOND
    pause: timedelta = SECOND
    longest_pause: timedelta = 15 * SECOND
    grace: timedelta = 20 * SECOND
    batch: int = 5
    at_once: int = 10  # of this process: half of its database connections, if each job held one


USUAL = Pace()
