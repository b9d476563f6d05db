"""What a ``gatewise run`` costs beside its workers: ``... overhead PID SECONDS LEDGER``.

CPU seconds from /proc over S seconds of a study that trains: of the command's main thread, which
schedules, of its other threads, of which one writes to the tracking store, and of its workers.
Start it once workers train, so that starting up is left out. Prints a row of ``docs/overhead.csv``.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")
FIELDS = ("seconds", "workers", "trainings", "worker_cpu", "schedule_cpu", "log_cpu")


def fields(stat: Path) -> list[int]:
    """The numbers of a ``stat`` file from the parent's pid on."""
    return [int(field) for field in stat.read_text().rsplit(")", 1)[1].split()[1:]]


def spent(pid: int) -> dict[str, float]:
    """CPU seconds up to now, and how many workers are alive."""
    process = Path(f"/proc/{pid}")
    # utime, stime of a thread or process; cutime, cstime of children that have ended.
    main = sum(fields(process / "task" / str(pid) / "stat")[10:12])
    own = fields(process / "stat")
    workers = sum(own[12:14])
    alive = 0
    for other in Path("/proc").glob("[0-9]*"):
        try:
            stat = fields(other / "stat")
        except OSError:
            continue
        if stat[0] == pid and sum(stat[10:12]) > TICK:
            alive += 1
            workers += sum(stat[10:12])
    return {
        "workers": alive,
        "worker_cpu": workers / TICK,
        "schedule_cpu": main / TICK,
        "log_cpu": (sum(own[10:12]) - main) / TICK,
    }


def main(pid: int, seconds: float, ledger: Path) -> None:
    """Print a row: what was spent in so many seconds, and the trainings that ended in them."""
    first, before, start = spent(pid), len(list(ledger.iterdir())), time.monotonic()
    time.sleep(seconds)
    last, after, wall = spent(pid), len(list(ledger.iterdir())), time.monotonic() - start
    row = {name: round(last[name] - first[name], 2) for name in FIELDS[3:]}
    row |= {"seconds": round(wall), "workers": int(last["workers"]), "trainings": after - before}
    print(",".join(FIELDS), ",".join(str(row[name]) for name in FIELDS), sep="\n")


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]), Path(sys.argv[3]))
