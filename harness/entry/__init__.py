"""Entry points: the command line, the pytest plugin and what both share."""
