"""`optwright chat --web`: the chat as a page in a browser. It renders a session's events and calls its methods."""

from .server import serve

__all__ = ["serve"]
