"""One file per kind of lane: events in, marks out. The lanes do not know each other."""
