"""What is demanded of every domain: requirements, triggers, attribution."""
