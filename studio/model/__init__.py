"""The words of the studio: time, audio, events, turns, presets, errors. Frozen and pure.

Knows nothing of asyncio, files, devices, vendors or Qt.
"""
