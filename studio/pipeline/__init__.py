"""The conversation: ports, clock, turn taking and the stages between microphone and speaker.

Plain asyncio. Knows no vendor, no device, no file and no Qt, and not whose event loop it runs on.
"""
