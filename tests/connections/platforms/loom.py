"""Loom, tried. What it answers to everybody is described by oEmbed alone (oembed.com, 2.3)."""

from __future__ import annotations

import json

from crewhall.demo.twins import Exchange
from crewhall.demo.twins.loom import VIDEOS
from tests.connections.platforms import Judge, Tried

IDS = list(VIDEOS)
VIDEO = {"video": f"https://www.loom.com/share/{IDS[0]}?sid=1"}
VTT = (
    "WEBVTT\n\n00:00:01.000 --> 00:00:04.000\nAda: Which berth is free?\n\n00:00:05.000 --> 00:00:09.000\nKofi: Berth three, from Monday.\n"
)


def judge() -> Judge:
    def faults(exchange: Exchange) -> list[str]:
        query = dict(exchange.query)
        found = [] if set(query) <= {"url", "format", "maxwidth", "maxheight"} and "url" in query else [f"oEmbed takes no {query}"]
        if exchange.status == 200:
            answer = json.loads(exchange.answer)
            missing = {"type", "version", "html", "width", "height"} - set(answer)
            found += [f"a video without {missing}"] if missing or answer["version"] != "1.0" else []
        return found

    return faults


TRIED = Tried(
    slug="loom",
    twin="loom",
    judge=judge,
    first=(
        ("add_video", {**VIDEO, "folder": "Demos"}),
        ("add_video", {"video": IDS[1], "folder": "Demos"}),
        ("add_transcript", {**VIDEO, "content": VTT}),
    ),
    calls=(
        ("add_video", {"video": IDS[2], "folder": "Onboarding"}),
        ("add_transcript", {"video": IDS[2], "content": "1\n00:00:01,000 --> 00:00:02,000\nHello\n"}),
        ("list_videos", {"limit": 2}),
        ("search_videos", {"query": "berth monday"}),
        ("get_folder_videos", {"folder": "Demos"}),
        ("list_folders", {}),
        ("get_video", VIDEO),
        ("get_video_transcript", VIDEO),
        ("get_video_insights", VIDEO),
        ("update_video", {**VIDEO, "title": "Berths", "folder": "Basics"}),
        ("delete_video", VIDEO),
    ),
    lists=(("list_videos", {"limit": 1}, 2), ("get_folder_videos", {"folder": "Demos", "limit": 1}, 2)),
    read="get_video",
    read_with=VIDEO,
    path="/v1/oembed",
    refusals={401: "platform_refused", 403: "platform_refused"},  # nobody is signed in
    revoked="",
)
