"""Projects in few words, for a model's context: what a model pays for is every byte."""

from __future__ import annotations

from crewhall.tasks.board import brief as board
from crewhall.tasks.claims.brief import terms
from crewhall.tasks.projects.models import (
    BulkAssigned,
    Completed,
    Delays,
    Epics,
    Level,
    ListedTask,
    NewProjectMade,
    Part,
    Project,
    ProjectDetail,
    ProjectPage,
    ProjectRisks,
    ProjectTasks,
    RiskCounts,
    TaskRisk,
)

MOST_LINES = 120


def one(project: Project) -> str:
    """`Autumn release: 4 of 10 done (40 %), 2 open issues, lead Priya Nair`: the name is how other tools know it."""
    done = project["progress"]
    far = f"{done['completed']} of {done['tasks']} done ({done['done_percentage']} %)" if done["tasks"] else "no tasks yet"
    facts = [
        far,
        f"{done['open_issues']} open issues" if done["open_issues"] else "",
        f"lead {project['lead_name']}" if project["lead_name"] else "",
        "private" if project["visibility"] == "private" else "",
        "archived" if project["archived_at"] else "",
    ]
    return f"{project['name']}: {', '.join(fact for fact in facts if fact)}"


def page(projects: ProjectPage) -> str:
    lines = [one(project) for project in projects["projects"]] or ["There are no projects: create_project makes one."]
    there = [f"{one['name']}: {one['completed']} of {one['tasks']} done ({one['kind']} {one['id']})" for one in projects["followed"]]
    more = [f"more: next_cursor={projects['next_cursor']}"] if projects["next_cursor"] else []
    return "\n".join((lines if projects["projects"] or not there else []) + there + more)


def detail(project: ProjectDetail) -> str:
    statuses = ", ".join(f"{count} {status}" for status, count in project["progress"]["by_status"].items())
    epics = [
        f"epic {epic['key']} {epic['status']} {epic['title']}: {epic['completed']} of {epic['tasks']} done" for epic in project["epics"]
    ]
    review = "a review is needed before completed" if project["review_required"] else ""
    lines = [one(project), project["description"], statuses, f"risk {_counts(project['risks'])}", review, *epics]
    return "\n".join(line for line in lines if line)


def _counts(risks: RiskCounts) -> str:
    return f"{risks['high']} high, {risks['medium']} medium, {risks['low']} low"


def epics(tree: Epics) -> str:
    outside = ["outside of epics:"] if tree["outside"] else []
    below = [line for story in tree["outside"] for line in _branch(story, 0)]
    lines = [line for epic in tree["epics"] for line in _branch(epic, 0)] or [f"{tree['project']} has no epics."]
    lines += outside + below
    left = len(lines) - MOST_LINES
    more = [f"and {left} more: get_tasks with parent shows the parts of one task"] if left > 0 or tree["cut"] else []
    return "\n".join(lines[:MOST_LINES] + more)


def _branch(part: Part, depth: int) -> list[str]:
    who = f" @{part['assignee_name']}" if part["assignee_name"] else ""
    line = f"{'  ' * depth}{part['key']} {part['status']} {part['title']}{who}"
    return [line, *(below for inner in part["parts"] for below in _branch(inner, depth + 1))]


def tasks(of: ProjectTasks) -> str:
    lines = [_line(task) for task in of["tasks"]] or [f"No task of {of['project']} meets this filter."]
    more = [f"more: next_cursor={of['next_cursor']}"] if of["next_cursor"] else []
    return "\n".join(lines + more)


def _line(task: ListedTask) -> str:
    return board.line(task) + ("" if task["risk"] is Level.LOW else f" risk {task['risk']}")


def risks(of: ProjectRisks) -> str:
    more = ["and more: raise limit, or ask for level high"] if of["cut"] else []
    return "\n".join([f"{of['project']}: {_counts(of)}", *(_risk(risk) for risk in of["tasks"]), *more])


def _risk(risk: TaskRisk) -> str:
    who = f" @{risk['assignee_name']}" if risk["assignee_name"] else ""
    why = ", ".join(f"{reason['why']} {reason['points']}" for reason in risk["reasons"])
    return f"{risk['level']} {risk['points']} {risk['key']} {risk['title']}{who} ({why})"


def delays(found: Delays) -> str:
    risen = f"risen to high: {' '.join(found['risen'])}" if found["risen"] else "none has risen to high since the last look"
    return f"{found['high']} high, {found['medium']} medium; {risen}"


def made(project: NewProjectMade) -> str:
    depth = {"epic": 0, "story": 1}
    above: dict[str | None, list[str]] = {}
    for task in project["planned"]:
        above.setdefault(task["parent_key"], []).append(task["key"])
    known = {task["key"]: task for task in project["planned"]}

    def below(parent: str | None) -> list[str]:
        return [
            line
            for key in above.get(parent, ())
            for line in (f"{'  ' * depth.get(known[key]['type'], 2)}{key} {known[key]['title']}", *below(key))
        ]

    lines = below(None)
    more = [f"and {len(lines) - MOST_LINES} more: get_project_epics shows all"] if len(lines) > MOST_LINES else []
    return "\n".join([f"Made {one(project)}", project["plan"]["note"], *lines[:MOST_LINES], *more])


def completed(done: Completed) -> str:
    after = [f"next: {board.one(done['next_task'])}"] if done["next_task"] else []
    claim = [terms(done["claim"])] if done["claim"] else []
    return "\n".join([f"{board.line(done['task'])} v{done['task']['version']}", *after, *claim, done["note"]])


def assigned(done: BulkAssigned) -> str:
    lines = [
        f"assigned to {done['assigned_to']}: {' '.join(done['assigned'])}"
        if done["assigned"]
        else f"assigned to {done['assigned_to']}: none",
        f"theirs already: {' '.join(done['unchanged'])}" if done["unchanged"] else "",
        *(f"not {failure['task_id']}: {failure['message']}" for failure in done["failed"]),
    ]
    return "\n".join(line for line in lines if line)
