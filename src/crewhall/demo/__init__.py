"""The demo organisation. Nothing in it is real; no face imports it."""

from crewhall.demo.organisation import DEMO_EMAIL, DEMO_PLAN, furnish

__all__ = ["DEMO_EMAIL", "DEMO_PLAN", "furnish"]
