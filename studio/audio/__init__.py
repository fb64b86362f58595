"""Sound in and out: microphones, speakers, recordings, echo cancellation, resampling.

Implements the audio ports of the pipeline; must not know of providers, sessions, presets or Qt.
"""
