"""Whole implementations in other languages than Python, each in a folder of its own."""
