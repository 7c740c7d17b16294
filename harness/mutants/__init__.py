"""How good the harness is at finding bugs: known bugs, hunted against the clock.

A catalogue has implementations whose verdict is known: broken ones (miniatures) and ones that
conform. Each is hunted in a process of its own, by the harness and by a plain baseline.
"""
