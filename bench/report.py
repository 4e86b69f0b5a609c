"""What measurements print: `name | ours | peer | ratio | goal | ok or short`, one line a figure."""

import statistics
import sys


class Report:
    def __init__(self):
        self.figures = []

    def add(self, name, unit, ours, peer=None, goal=None):
        """`ours` and `peer` hold a value a round; `goal` bounds the ratio of the medians, as ("<=", 0.5), or with a unit
        our median itself, as ("<=", 20, "KB"). Neither peer nor goal is needed."""
        unit = unit and f" {unit}"
        median, ratio = statistics.median(ours), None
        if peer is not None:
            ratio = median / statistics.median(peer) if statistics.median(peer) else float("inf")
        verdict = None
        if goal is not None:
            value = median if goal[2:] else ratio
            verdict = "ok" if (value <= goal[1] if goal[0] == "<=" else value >= goal[1]) else "short"
            goal = " ".join(map(str, goal))
        cells = [name, spread(ours) + unit, spread(peer) + unit if peer else "–", f"{ratio:.2f}" if peer else "–"]
        print(" | ".join([*cells, goal or "–", verdict or "–"]))
        sys.stdout.flush()
        sides = {
            side: {"median": statistics.median(values), "min": min(values), "max": max(values)} if values else None
            for side, values in (("ours", ours), ("peer", peer))
        }
        self.figures.append(
            {"name": name, "unit": unit.strip(), **sides, "ratio": ratio, "goal": goal, "verdict": verdict}
        )


def spread(values):
    return "%s (%s to %s)" % tuple(f"{v:,.3g}" if v < 100 else f"{v:,.0f}" for v in
                                   (statistics.median(values), min(values), max(values)))
