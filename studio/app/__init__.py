"""Wiring without Qt: what a user can do with the studio, from the command line or from the window.

Knows every part and puts them together; must not know Qt.
"""
