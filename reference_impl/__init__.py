"""A reference implementation of the contract: template.yaml and the three functions it deploys."""
