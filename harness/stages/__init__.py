"""Where an implementation runs."""
