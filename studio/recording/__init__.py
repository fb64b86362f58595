"""A call on disk: a folder anyone can open without the studio. FORMAT.md is its spec.

Knows events and audio tracks, never how a call works, who shows it, or what it is exported to.
"""

HEADER_FILE = "header.json"
EVENTS_FILE = "events.jsonl"
