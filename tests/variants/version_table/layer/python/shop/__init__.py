"""What the functions share."""
