"""What happens here, told to other programs (docs/decisions/0017)."""

from crewhall.integrations.webhooks.capabilities import room
from crewhall.integrations.webhooks.hearing import CONSUMERS
from crewhall.integrations.webhooks.jobs import JOBS, SCHEDULES

__all__ = ["CONSUMERS", "JOBS", "SCHEDULES", "room"]
