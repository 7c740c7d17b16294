"""Python functions in this process: isolation, clock, logging, signals and threads."""
