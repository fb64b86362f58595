"""Engines that tell speech from silence."""
