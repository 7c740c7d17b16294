"""The domains: orders and accounts."""
