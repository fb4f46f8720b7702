"""What CI holds a build to."""
from e2e.gate import verdicts


def row(cost, job="batch-gzip-fsync", **more):
    return {"job": job, "cpu_s_per_gb": cost, "lost": 0, "duplicates": 0, "within_memory": True} | more


def wrong(rows, **sums):
    return verdicts(rows, {name.replace("_", "-"): value for name, value in sums.items()})[1]


def test_a_lost_record_fails_however_cheap_the_run():
    assert wrong([row(1.0, lost=1)], batch_gzip_fsync=2.0) == ["batch-gzip-fsync: 1 records lost"]


def test_a_doubled_record_fails():
    assert wrong([row(1.0, duplicates=7)], batch_gzip_fsync=2.0) == ["batch-gzip-fsync: 7 records doubled"]


def test_memory_beyond_the_budget_fails():
    assert "321.5 MiB resident" in wrong([row(1.0, within_memory=False, peak_rss_mib=321.5)], batch_gzip_fsync=2.0)[0]


def test_a_job_that_the_roofline_does_not_know_fails():
    assert "no sum" in wrong([row(1.0)], lines_gzip_fsync=2.0)[0]


def test_more_than_three_times_the_roofline_fails_by_the_median():
    rows = [row(cost) for cost in (5.0, 6.1, 90.0)]
    assert wrong(rows, batch_gzip_fsync=2.1) == []
    assert "costs 3.05 times" in wrong(rows, batch_gzip_fsync=2.0)[0]


def test_each_job_has_its_own_limit():
    rows = [row(4.0), row(4.0, job="lines-gzip-fsync")]
    assert wrong(rows, batch_gzip_fsync=2.0, lines_gzip_fsync=1.0) == ["lines-gzip-fsync: costs 4.00 times the roofline, more than 3.0"]
