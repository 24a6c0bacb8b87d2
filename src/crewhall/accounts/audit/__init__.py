"""The audit trail: written by the seam, read by owners and admins."""

from crewhall.accounts.audit.capabilities import room
from crewhall.accounts.audit.trail import AuditTrail

__all__ = ["AuditTrail", "room"]
