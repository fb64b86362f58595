"""The window: the only part of the studio that knows Qt. It reads events and messages, and sends requests."""
