"""Engines and vendors behind the ports of the pipeline: one file each, listed in `catalog.py`.

A provider knows its own protocol or library and nothing of the conversation, of retries or of other providers.
"""

import os

# What is said here stays here: the libraries' own reports home are off, unless the user switched them on.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
