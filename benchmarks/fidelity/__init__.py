"""Compare the embedded stage with results that others recorded from real AWS.

Each module compares one subject and gives ``Comparison`` values. The folder that is compared with
has public repositories, which are never part of this project: LocalStack (snapshots of AWS), the
SAM translator (templates), and any other folder with templates.
"""
