"""Functions hosted by the harness on the services of an endpoint."""
