"""The demo organisation. Nothing in it is real; no face imports it."""

from crewhall.demo.organisation import (
    DEMO_EMAIL,
    DEMO_ORGANISATION,
    DEMO_OWNER,
    furnish,
)

__all__ = ["DEMO_EMAIL", "DEMO_ORGANISATION", "DEMO_OWNER", "furnish"]
