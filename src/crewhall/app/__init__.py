"""The one place that knows everyone: settings become a world, the world gets its faces, and it is closed in reverse."""

from crewhall.app.background import Background, open_background
from crewhall.app.database import addresses
from crewhall.app.faces import open_faces
from crewhall.app.rooms import JOBS, ROOMS, SCHEDULES, SEALED
from crewhall.app.world import KEY_RING, SET_UP_CODE, World, cipher_of, open_world

__all__ = [
    "JOBS",
    "KEY_RING",
    "ROOMS",
    "SCHEDULES",
    "SEALED",
    "SET_UP_CODE",
    "Background",
    "World",
    "addresses",
    "cipher_of",
    "open_background",
    "open_faces",
    "open_world",
]
