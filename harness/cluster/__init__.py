"""Work that is spread over the workers of a Dask cluster: the extra ``scale``.

Dask (https://distributed.dask.org) schedules, ships and repeats what a lost worker had in hand.
``campaign`` feeds it tasks, each a requirement and a seed; ``worker`` and ``host`` play them;
``merging`` adds up what comes back, so that the number of workers never shows in a report.
"""
