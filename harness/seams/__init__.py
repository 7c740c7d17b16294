"""Private and undocumented parts of other libraries that the harness depends on, by library.

A new version may move any of them without a word. The modules that need one call the functions
here; each seam has a test in tests/harness/seams that names the library and the module to look at.
"""
