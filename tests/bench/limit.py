"""Case (a): bare clients in several processes, started together: the limit for all comparisons."""

import sys
from pathlib import Path
from typing import Any

from tests.bench.measuring import HERE, SinkProcess
from tests.bench.racing import counted, race


def measure(sink: SinkProcess, mail: Path, count: int, processes: int, size: int) -> dict[str, Any]:
    """`count` recipients in requests of `size` from `processes` bare clients."""
    share = count // processes
    commands = [
        [
            sys.executable, str(HERE / "bare.py"), "--mail", str(mail), "--port", str(sink.port), "--size", str(size),
            "--first", str(number * share), "--end", str(count if number == processes - 1 else (number + 1) * share),
        ]
        for number in range(processes)
    ]  # fmt: skip
    return {**counted(sink, count, lambda: race(commands)), "processes": processes, "size": size}
