"""A process that works on imports until none is due, in slices of few rows; tests kill it: `python -m … 100`."""

import sys

from cli import bootstrap

if __name__ == "__main__":
    bootstrap.set_up()
    from subscribers.importing import row_slices, undo
    from subscribers.importing.runs import import_runs
    from worker import upkeep

    row_slices.SLICE = undo.SLICE = int(sys.argv[1])
    while import_runs.is_due():
        upkeep.import_people()
