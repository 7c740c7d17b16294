"""Playing a scenario on a stage until its views have converged."""
