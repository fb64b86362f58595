"""Engines that tell whether the user has finished."""
