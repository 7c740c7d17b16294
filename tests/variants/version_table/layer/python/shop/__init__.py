"""Code that the functions share."""
