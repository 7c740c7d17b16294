"""The vocabulary of all rooms: contracts, scenarios, histories, verdicts, errors."""
