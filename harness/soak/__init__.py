"""Load for minutes or hours on a deployed system, with the same judgement as a run's.

``lives`` are plays whose commands and queries come a few at a time; ``load`` sends them when they
are due, and has each life judged when it ends; ``figures`` count. Nothing of a life is kept once
it is judged, so memory does not grow with time.
"""
