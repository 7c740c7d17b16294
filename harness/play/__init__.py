"""Play a scenario on a stage until its views have converged.

``runner`` turns steps into actions of the stage; ``convergence`` waits for views where the stage
delivers events by itself.
"""
