"""The command ``power``: how many known bugs the harness finds, and how soon.

A catalogue has mutants (implementations with a known fault) and conforming implementations. The
harness and a plain baseline hunt each of them in its own process. A mutant is killed when a
violation is found, and survives otherwise; the mutation score is the share that is killed.
"""
