"""The one place that knows everyone: settings become a world, the world gets its faces, and it is closed in reverse."""

from crewhall.app.background import Background, open_background
from crewhall.app.database import addresses
from crewhall.app.faces import open_faces
from crewhall.app.rooms import JOBS, ROOMS, SCHEDULES
from crewhall.app.world import SET_UP_CODE, World, open_world

__all__ = ["JOBS", "ROOMS", "SCHEDULES", "SET_UP_CODE", "Background", "World", "addresses", "open_background", "open_faces", "open_world"]
