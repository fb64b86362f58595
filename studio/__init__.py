"""Voice Agent Studio: audio in -> stages -> events; everything else only reads events."""

__version__ = "0.3.2"
