"""bench/components/run: what it makes of Google Benchmark's reports."""
import importlib.machinery
import importlib.util
import pathlib

import pytest

PATH = pathlib.Path(__file__).resolve().parents[2] / "bench/components/run"


@pytest.fixture(scope="module")
def run():
    loader = importlib.machinery.SourceFileLoader("components_run", str(PATH))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(loader.name, loader))
    loader.exec_module(module)
    return module


def entry(**members):
    return {"name": "BM_X/1", "run_name": "BM_X/1", "run_type": "iteration", "iterations": 7, "threads": 1,
            "real_time": 3.0, "cpu_time": 2.0, "time_unit": "us"} | members


def test_a_bench_that_found_its_answer_wrong_is_an_error(run):
    report = {"benchmarks": [entry(), entry(name="BM_Y", error_occurred=True, error_message="parsed wrongly")]}
    with pytest.raises(ValueError, match="engine_x: BM_Y: parsed wrongly"):
        run.rows_of("engine_x", report)


def test_a_row_has_the_units_that_its_names_say(run):
    report = {"benchmarks": [entry(bytes_per_second=1e9, per_record=2.5e-8, label="GZIP", ratio=5.4)]}
    assert run.rows_of("engine_x", report) == [{
        "component": "engine_x", "bench": "BM_X/1", "cpu_ns": 2000, "real_ns": 3000, "bytes_per_s": 1_000_000_000,
        "ns_per_record": 25, "label": "GZIP", "counters": {"ratio": 5.4}}]


def test_of_several_runs_the_median_counts(run):
    def aggregate(name, cpu):
        return entry(name=f"BM_X/1_{name}", run_type="aggregate", aggregate_name=name, aggregate_unit="time", cpu_time=cpu)

    rows = run.rows_of("engine_x", {"benchmarks": [aggregate("mean", 9.0), aggregate("median", 4.0), aggregate("stddev", 1.0)]})
    assert rows == [{"component": "engine_x", "bench": "BM_X/1", "cpu_ns": 4000, "real_ns": 3000}]
