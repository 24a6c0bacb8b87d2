"""The rooms that the capabilities of the mirror are declared in."""

from crewhall.kit.capability import Room

mapping = Room("sync_mapping")
configuration = Room("project_configuration")
