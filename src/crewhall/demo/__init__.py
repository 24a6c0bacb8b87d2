"""The demo organisation. Nothing in it is real; no face imports it."""

from crewhall.demo.opening import Credentials, kept_credentials, open_demo
from crewhall.demo.organisation import DEMO_EMAIL

__all__ = ["DEMO_EMAIL", "Credentials", "kept_credentials", "open_demo"]
