"""Words that mean the same where people and agents share their work; find.py reads them.

One group a line: each word stands for the others, at a lower weight. A word may stand in several groups. Written by thinking about how
people speak of what there is, never by reading what find_tools has missed.
"""

from __future__ import annotations

_COMMON = """
    a an and are as at be been being by can could did do does doing done for from had has have he her here hers him his how i if in into is
    it its just let me my mine of on or our ours please shall she should so some than that the their them then there these they this those
    to too us very was we were what when where which will with would you your yours am any also like want need thing things im id ill ive
    lets about s t re ve ll dont isnt arent cannot cant anything something whether
"""
COMMON = frozenset(_COMMON.split())
"""Words that say nothing of what is wanted."""

GROUPS = (
    # things
    "task ticket card todo item chore assignment story work",
    "issue bug defect problem incident fault error blocker",
    "project initiative programme program effort epic",
    "comment remark note reply message discussion conversation thread talk",
    "member colleague teammate coworker employee person people user staff team everybody everyone somebody someone",
    "agent bot robot assistant",
    "organisation organization company firm tenant workspace",
    "notification alert inbox news ping bell",
    "key token credential secret",
    "invitation invite link",
    "session login device signed",
    "webhook hook callback endpoint",
    "delivery attempt sent",
    "run job background process scheduled",
    "approval review question confirmation decision sign permission",
    "claim hold lock lease reservation take reserve grab",
    "history past log trail changes earlier previously",
    "audit log trail security accountability",
    "link dependency relation prerequisite relationship connection",
    "evidence proof artifact artefact attachment commit branch pull test result",
    "risk danger threat delay slip late overdue",
    "label tag category",
    "due deadline date",
    "role rank right permission",
    "board kanban backlog column list",
    "repository repo codebase",
    "assignee owner responsible holder",
    "skill ability expertise",
    "presence online available active around",
    "report summary overview status progress",
    "count number many total statistics",
    # deeds
    "create add new make open start begin raise write file",
    "get show see view read display look open details tell",
    "list all every overview which browse",
    "search find look seek locate query",
    "update change edit modify alter set adjust rename correct fix",
    "delete remove erase drop discard throw destroy",
    "restore undelete recover undo revert",
    "assign give allocate delegate reassign distribute hand",
    "complete finish close done end conclude resolve",
    "claim take pick grab start lock reserve",
    "release drop free unlock unclaim return",
    "renew extend prolong heartbeat keep refresh",
    "move place reorder rank drag sort position order",
    "send post deliver emit push",
    "replay resend retry repeat redo again",
    "retry rerun restart again repeat",
    "cancel stop abort kill halt",
    "revoke cancel withdraw invalidate",
    "deactivate disable suspend offboard leave left fire lock",
    "reactivate enable return rejoin back",
    "approve accept agree confirm allow yes grant",
    "reject refuse decline deny no",
    "answer respond reply decide",
    "ask question consult request",
    "block stop hinder prevent wait stuck hold impede",
    "link connect relate depend tie associate",
    "unlink disconnect separate detach",
    "import load bring upload ingest migrate transfer",
    "export download save backup dump extract",
    "invite onboard join bring add",
    "mark flag set",
    "report raise file flag log submit",
    "test try check verify",
    "pause disable mute silence stop unsubscribe",
    "follow watch catch happened changed recent latest since news",
    "next suggest recommend upcoming following",
    "hand handoff handover pass transfer give forward",
    "duplicate copy same clone",
    "bulk batch many several multiple together once",
    "preference setting option configure",
)

STANDS_FOR = {
    "who am i": "me whoami",
    "what happened|what has happened|what changed": "changes since",
    "who did what": "audit",
    "to ?-?do": "task",
    "hand(ed|ing)? over|hand(ed|ing)? off|pass(ed|ing)? on": "hand off",
    "log(ged)? in|sign(ed)? in": "session",
    "wait(ing)? for|waits for|held up|hold(ing)? up|in the way": "blocked",
    "let go|give up|put (it )?back": "release",
    "due|too late|behind": "overdue",
    "what now|what next|what('s| is) next": "next",
    "(csv|json|spreadsheet|excel) ?(file)?": "file format",
    "pull request|merge request": "evidence",
    "up to": "status",
}
"""Turns of phrase, as patterns, and the words that they stand for."""
