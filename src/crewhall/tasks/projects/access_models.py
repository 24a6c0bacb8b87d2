"""Who is in a project, as it comes in and goes out."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field
from typing_extensions import TypedDict

from crewhall.accounts import MemberReference
from crewhall.kit.model import Model
from crewhall.tasks.projects.models import ProjectReference, Visibility


class ProjectMembersWanted(Model):
    """Whose members to list."""

    project_id: ProjectReference


class ProjectMemberWanted(Model):
    """Who, in which project."""

    project_id: ProjectReference
    member: MemberReference


class ProjectMember(TypedDict):
    """Somebody who is in a project."""

    id: UUID
    kind: Annotated[str, Field(description="person, agent or service")]
    username: str
    name: str
    added_at: datetime


class ProjectMembers(TypedDict):
    """Who is in a project. An open project is seen by everybody all the same; owners see private ones without being in them."""

    project_id: UUID
    project: str
    visibility: Visibility
    members: list[ProjectMember]
