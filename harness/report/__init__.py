"""Text, JSON and pictures of verdicts; apart from ``entry``, only this room prints."""
