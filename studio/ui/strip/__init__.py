"""The strip of the last seconds: marks of `studio.timeline` painted by one widget."""
