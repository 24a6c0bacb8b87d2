"""The demo organisation. Nothing in it is real; no face imports it."""

from crewhall.demo.opening import Credentials, kept_credentials, open_demo
from crewhall.demo.organisation import DEMO_EMAIL
from crewhall.demo.stand_ins import StandIns, open_stand_ins

__all__ = ["DEMO_EMAIL", "Credentials", "StandIns", "kept_credentials", "open_demo", "open_stand_ins"]
