"""Loom, as data. It publishes no API and no OAuth: what a share link shows to everybody is read, everything else is handed in."""

from __future__ import annotations

from crewhall.integrations.kit import Key, Limit, Manifest

MANIFEST = Manifest(
    slug="loom",
    title="Loom",
    mark="Lo",
    api="https://www.loom.com/",
    variables=("LOOM",),
    keys=(
        Key(
            "library",
            "A name for the library",
            "A word of your own, such as team-videos: Loom has no API, so nothing is asked of your account. Videos come in by their share "
            "links, transcripts as files",
            secret=False,
        ),
    ),
    oauth=None,
    setup=(
        "Loom has no API to sign in to. What works: connect it with a name for your library, add videos by their share links "
        "(loom_add_video), and transcripts as VTT or SRT files from the video's page (loom_add_transcript)."
    ),
    errors={},
    limit=Limit(usual_wait=10),
)
