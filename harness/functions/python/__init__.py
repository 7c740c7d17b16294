"""Python functions in this process."""
