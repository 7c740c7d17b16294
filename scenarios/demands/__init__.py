"""The demands on every domain: requirements, triggers, attribution."""
