"""Where a hall keeps its data. Apart from the settings, because the command line looks here too and shall start quickly."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs


def default_home() -> Path:
    """Where data is kept when CREWHALL_HOME says nothing."""
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        return Path("/var/lib/crewhall")
    return Path(platformdirs.user_data_dir("crewhall"))
