"""Coming in and going out: passwords and sessions."""

from crewhall.accounts.login.capabilities import room
from crewhall.accounts.login.recovery import reset_password

__all__ = ["reset_password", "room"]
