"""The oracle: possible worlds of a history, and the checks that judge by them."""
