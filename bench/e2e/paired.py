"""Whether one build is worse than another, from runs in pairs.

The two runs of a pair stand beside each other in time, so that what else the machine does meets both: each pair gives a
ratio, b / a. The figure is the median of the ratios; a bootstrap over the pairs says how far it may be off.
"""
import dataclasses
import random
import statistics

# Fewer ratios lie all on one side by chance too often: four once in sixteen times.
PAIRS_MIN = 5
CONFIDENCE = 0.95
RESAMPLES = 4000


@dataclasses.dataclass(frozen=True)
class Figure:
    name: str
    higher_is_better: bool = False
    # Wall-clock figures are shown only: they say more about what else the machine did.
    judged: bool = True


FIGURES = (
    Figure("cpu_s_per_gb"), Figure("peak_rss_mib"), Figure("system_calls_per_gb"), Figure("ratio", higher_is_better=True),
    Figure("context_switches_per_gb", judged=False), Figure("ack_p99_ms", judged=False), Figure("records_per_s", higher_is_better=True, judged=False),
)


@dataclasses.dataclass(frozen=True)
class Comparison:
    median: float
    low: float
    high: float

    def worse(self, figure, bound):
        """The whole interval lies beyond the bound: noise doesn't explain it."""
        return self.high < 1 / (1 + bound) if figure.higher_is_better else self.low > 1 + bound

    def better(self, figure, bound):
        return self.low > 1 + bound if figure.higher_is_better else self.high < 1 / (1 + bound)


def compare(a, b, seed=1):
    """Of the figures of A's runs and of B's, in the order of the pairs. ValueError when they say nothing."""
    if len(a) != len(b):
        raise ValueError(f"{len(a)} runs of A and {len(b)} of B: they must come in pairs")
    if len(a) < PAIRS_MIN:
        raise ValueError(f"{len(a)} pairs are too few to tell a loss from noise: at least {PAIRS_MIN}")
    if min(*a, *b) <= 0:
        raise ValueError("a figure is not positive: there is no ratio")
    ratios = [after / before for before, after in zip(a, b)]
    rng = random.Random(seed)
    medians = sorted(statistics.median(rng.choices(ratios, k=len(ratios))) for _ in range(RESAMPLES))
    beyond = round(RESAMPLES * (1 - CONFIDENCE) / 2)
    return Comparison(statistics.median(ratios), medians[beyond], medians[-1 - beyond])


def compare_rows(rows):
    """Yields (job, figure, median of A, median of B, Comparison) for the rows of builds "a" and "b"."""
    for job in dict.fromkeys(row["job"] for row in rows):
        a, b = ([row for row in rows if row["job"] == job and row["build"] == build] for build in "ab")
        for figure in FIGURES:
            sides = [[row.get(figure.name) for row in side] for side in (a, b)]
            if all(value for side in sides for value in side):
                yield job, figure, statistics.median(sides[0]), statistics.median(sides[1]), compare(*sides)
