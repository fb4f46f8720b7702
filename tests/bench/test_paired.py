"""Two builds compared: what is noise, and what is a loss."""
import random

import pytest

from e2e.paired import FIGURES, Comparison, Figure, compare, compare_rows

COST = Figure("cpu_s_per_gb")
RATE = Figure("ratio", higher_is_better=True)
BOUND = 0.03


def runs(seed, pairs, factor=1.0, noise=0.05):
    """Figures of A and B: the machine is slower or quicker for both of a pair, and each has noise of its own."""
    rng = random.Random(seed)
    machine = [rng.uniform(0.7, 1.5) for _ in range(pairs)]
    a = [4.5 * speed * rng.gauss(1, noise) for speed in machine]
    b = [4.5 * factor * speed * rng.gauss(1, noise) for speed in machine]
    return a, b


def test_too_few_pairs_are_an_error():
    with pytest.raises(ValueError, match="4 pairs are too few"):
        compare([1] * 4, [1] * 4)


def test_runs_without_a_partner_are_an_error():
    with pytest.raises(ValueError, match="must come in pairs"):
        compare([1] * 6, [1] * 5)


def test_a_figure_that_is_nothing_is_an_error():
    with pytest.raises(ValueError, match="not positive"):
        compare([1, 1, 1, 1, 0], [1] * 5)


@pytest.mark.parametrize("seed", range(20))
def test_identical_builds_pass(seed):
    comparison = compare(*runs(seed, 7))
    assert not comparison.worse(COST, BOUND) and not comparison.better(COST, BOUND)


@pytest.mark.parametrize("seed", range(20))
def test_a_planted_loss_of_a_tenth_is_found_in_noise(seed):
    comparison = compare(*runs(seed, 15, factor=1.10, noise=0.01))
    assert comparison.worse(COST, BOUND)
    assert comparison.median == pytest.approx(1.10, abs=0.03)


def test_the_machines_mood_does_not_count():
    """Single figures differ by more than half, their pairs by nothing."""
    a, b = runs(1, 9, factor=1.10, noise=0.0)
    assert max(a) > 1.3 * min(a)
    comparison = compare(a, b)
    assert (comparison.low, comparison.high) == (pytest.approx(1.10), pytest.approx(1.10))


def test_one_disturbed_pair_does_not_fail_a_build():
    a, b = [1.0] * 7, [1.0] * 6 + [3.0]
    assert not compare(a, b).worse(COST, BOUND)


def test_what_is_better_depends_on_the_figure():
    fell, rose = Comparison(0.8, 0.75, 0.85), Comparison(1.2, 1.15, 1.25)
    assert fell.better(COST, BOUND) and rose.worse(COST, BOUND)
    assert fell.worse(RATE, BOUND) and rose.better(RATE, BOUND)


def test_an_interval_that_reaches_into_the_bound_passes():
    assert not Comparison(1.06, 1.02, 1.10).worse(COST, BOUND)
    assert Comparison(1.06, 1.031, 1.10).worse(COST, BOUND)


def test_the_same_runs_give_the_same_answer():
    assert compare(*runs(3, 7)) == compare(*runs(3, 7))


def test_rows_are_compared_by_job_and_figure():
    rows = [{"job": job, "build": build, "cpu_s_per_gb": cost, "peak_rss_mib": 50.0}
            for job, cost_b in (("batch", 4.0), ("lines", 8.0)) for _ in range(5) for build, cost in (("a", 4.0), ("b", cost_b))]
    found = {(job, figure.name): (a, b, comparison.median) for job, figure, a, b, comparison in compare_rows(rows)}
    assert found == {("batch", "cpu_s_per_gb"): (4, 4, 1), ("batch", "peak_rss_mib"): (50, 50, 1),
                     ("lines", "cpu_s_per_gb"): (4, 8, 2), ("lines", "peak_rss_mib"): (50, 50, 1)}
    assert {"cpu_s_per_gb", "peak_rss_mib"} < {figure.name for figure in FIGURES}
