"""Preparing a template for a deployment."""
