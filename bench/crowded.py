"""`python -m bench.crowded up`: a hall with far more capabilities than people asked for, to see what its list of tools costs."""

from __future__ import annotations

from dataclasses import replace

from crewhall import tasks
from crewhall.__main__ import main
from crewhall.app import rooms
from crewhall.kit.capability import Room

MORE = 160


def crowd() -> Room:
    """The capabilities of the task room again and again, under names of their own and without routes."""
    room, offered = Room("crowd"), [capability for capability in tasks.room.capabilities if capability.tool]
    for number in range(MORE):
        copied = offered[number % len(offered)]
        room.capabilities.append(replace(copied, name=f"{copied.name}_{number}", routes=()))
    return room


if __name__ == "__main__":
    rooms.ROOMS += (crowd(),)  # type: ignore[assignment]  # a tuple of more rooms than it was written with
    main()
