"""Text-to-speech engines: one file each."""
