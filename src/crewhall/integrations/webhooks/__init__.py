"""What happens here, told to other programs (docs/decisions/0021)."""

from crewhall.integrations.webhooks.capabilities import room
from crewhall.integrations.webhooks.hearing import CONSUMERS
from crewhall.integrations.webhooks.jobs import JOBS, SCHEDULES

__all__ = ["CONSUMERS", "JOBS", "SCHEDULES", "room"]
