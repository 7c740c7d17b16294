"""Stages that the harness controls: it hosts the functions and delivers the events."""
