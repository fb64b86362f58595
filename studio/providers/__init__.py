"""Engines and vendors behind the ports of the pipeline: one file each, listed in `catalog.py`.

A provider knows its own protocol or library and nothing of the conversation, of retries or of other providers.
"""
