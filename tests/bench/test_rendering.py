"""What docs/performance.md is made of."""
import json
import pathlib
import subprocess
import xml.etree.ElementTree

import pytest

from rendering import flame, parts, plots, text

ROOT = pathlib.Path(__file__).resolve().parents[2]
MACHINE = {"cpu": "a CPU", "cores": 2, "memory_gib": 8, "kernel": "6.1", "system": "Debian", "compiler": "g++ 12"}
MARKED = "before\n<!-- made by bench/report: jobs -->\nold\n<!-- end -->\nafter\n"


def document(kind, rows, **more):
    return {"kind": kind, "machine": MACHINE, "commit": "abc1234", **more, "rows": rows}


def job(name, **figures):
    return {"job": name, "build": "a", "lost": 0, "duplicates": 0, "peak_rss_mib": 60.0} | figures


# ---- the document ---------------------------------------------------------------------------------

def test_a_part_without_a_place_is_an_error():
    with pytest.raises(ValueError, match="there is no place for matrix"):
        text.replace_parts(MARKED, {"matrix": "x"})


def test_what_people_wrote_stays():
    once = text.replace_parts(MARKED, {"jobs": r"| a\1 |"})
    assert once == "before\n<!-- made by bench/report: jobs -->\n\n| a\\1 |\n\n<!-- end -->\nafter\n"
    assert text.replace_parts(once, {"jobs": r"| a\1 |"}) == once


@pytest.mark.parametrize("value,shown", [(0, "0"), (4.6789, "4.68"), (123.4, "123"), (573_412, "573,000"), (None, ""), ("as it is", "as it is")])
def test_numbers_have_three_digits_that_count(value, shown):
    assert text.number(value) == shown


def test_the_document_is_what_the_results_in_the_repository_make():
    result = subprocess.run([ROOT / "bench/report", "--check"], capture_output=True, text=True)
    assert (result.returncode, result.stderr) == (0, "")


# ---- goals ----------------------------------------------------------------------------------------

def goal_line(documents, name):
    return next(line for line in parts.headline(documents).splitlines() if line.startswith(f"| {name} "))


def test_without_results_no_goal_is_met_or_missed():
    assert "yes" not in parts.headline({}) and "**no**" not in parts.headline({})


def test_goals_are_judged_by_the_median_and_divided_by_the_roofline():
    rows = [job("batch-gzip-fsync", cpu_s_per_gb=cost) for cost in (3.0, 3.5, 9.0)]
    documents = {"e2e": document("e2e", rows), "roofline": document("roofline", [], sums={"batch-gzip-fsync": 2.5})}
    assert goal_line(documents, "PutRecordBatch, GZIP, fsync").endswith("| 3.5 | yes | 1.4 |")
    documents["roofline"]["sums"]["batch-gzip-fsync"] = 2.4
    assert goal_line(documents, "PutRecordBatch, GZIP, fsync").endswith("| 3.5 | **no** | 1.46 |")


def test_a_rate_must_be_reached_and_not_undercut():
    for rate, met in ((299_000, "**no**"), (301_000, "yes")):
        rows = [job("lines-gzip-fsync", records_per_s=rate)]
        assert f"| {met} |" in goal_line({"e2e": document("e2e", rows)}, "lines, GZIP, fsync | records a second")


def test_one_cell_beyond_the_memory_misses_the_goal():
    cells = [{"varied": "base", "cell": {"connections": 8}, "peak_rss_mib": 60.0, "cpu_s_per_gb": 4},
             {"varied": "connections", "cell": {"connections": 1000}, "peak_rss_mib": 321.0, "cpu_s_per_gb": 5}]
    documents = {"matrix": document("matrix", cells)}
    assert "| 321 | **no** |" in goal_line(documents, "resident memory, all jobs and the whole matrix")
    assert "| 1.25 | **no** |" in goal_line(documents, "growth from 8 to 1,000 connections")


# ---- the matrix -----------------------------------------------------------------------------------

def cell(varied, value, cost):
    return {"varied": varied, "cell": {"connections": value, "durability": "fsync"}, "cpu_s_per_gb": cost, "peak_rss_mib": 50.0}


def test_the_base_stands_in_its_place_in_each_dimension():
    cells = [cell("base", "eight", 4.0), cell("connections", "sixty", 5.0), cell("connections", 1, 3.0)]
    documents = {"matrix": document("matrix", cells, dimensions={"connections": [1, "eight", "sixty"]})}
    lines = [line for line in parts.matrix(documents).splitlines() if line.startswith("| ")]
    assert [line.split("|")[1].strip() for line in lines] == ["connections", "1", "eight", "sixty"]
    assert list(parts.matrix_plots(documents)) == ["matrix-connections.svg"]


def test_a_plot_is_an_image_with_a_bar_a_value():
    svg = plots.bars([plots.Panel("a < b", ["x", "y"], [1.0, 2.0], limit=4.0, base=1)])
    root = xml.etree.ElementTree.fromstring(svg)
    heights = [float(bar.get("height")) for bar in root.iter("{http://www.w3.org/2000/svg}rect")]
    assert heights == [plots.BAR_HEIGHT / 4, plots.BAR_HEIGHT / 2]


# ---- other parts ----------------------------------------------------------------------------------

def test_components_are_shown_in_units_for_people():
    rows = [{"component": "engine_codec", "bench": "BM_Decode", "cpu_ns": 12_345.0, "real_ns": 12_400.0, "bytes_per_s": 2_500_000_000, "ns_per_record": 98.7},
            {"component": "actors", "bench": "BM_Buffer", "cpu_ns": 1.0, "real_ns": 1.0}]
    lines = parts.components({"components": document("components", rows)}).splitlines()
    assert "| engine_codec | BM_Decode | 12.3 | 2,500 | 98.7 |  |" in lines
    assert "| actors | BM_Buffer | 0.001 |  |  |  |" in lines


def test_every_flame_graph_is_shown():
    assert parts.flames({"flames": ["flame-a.svg"]}) == "![flame-a.svg](performance/flame-a.svg)"


def test_the_best_peer_is_what_hydrant_is_divided_into():
    documents = {"e2e": document("e2e", [job("lines-gzip-fsync", cpu_s_per_gb=4.0)]),
                 "peers-quoted": document("peers-quoted", [], best_cpu_s_per_gb={"in memory": 12.4}, columns={}, job="", conditions=[])}
    line = goal_line(documents, "lines, GZIP, fsync, against the best peer in memory (on another machine)")
    assert line.endswith("| ≥ 3 | 3.1 | yes |  |")


# ---- flame graphs ---------------------------------------------------------------------------------

SCRIPT = """caf.actor  100/102  12.5:
\t    55d0 deflate+0x10 (/usr/lib/libz.so)
\t    55d1 hydrant::(anonymous namespace)::Pack<int, std::vector<int> >(std::span<char const>) (/opt/hydrant)

caf.actor  100/102  12.6:
\t    55d2 hydrant::Seal(int) const (/opt/hydrant)
\t    55d1 [unknown] (/opt/hydrant)

io runtime  101  12.7:
\tffff recv+0x5 ([kernel.kallsyms])
"""


def test_samples_are_folded_by_stack():
    assert flame.fold(SCRIPT) == {("caf.actor", "hydrant::Pack", "deflate"): 1, ("caf.actor", "hydrant::Seal"): 1, ("io runtime", "recv"): 1}


@pytest.mark.parametrize("symbol,name", [
    ("std::_Function_handler<void (int), F<G<1> > >::_M_invoke(std::_Any_data const&)", "std::_Function_handler::_M_invoke"),
    ("void hydrant::Run<int>(int)", "hydrant::Run"),
    ("hydrant::Run(int)::{lambda()#1}::operator()(char) const", "hydrant::Run::{lambda#1}::operator()"),
    ("entry_SYSCALL_64_after_hwframe+0x76", "entry_SYSCALL_64_after_hwframe")])
def test_symbols_are_short(symbol, name):
    assert flame.short(symbol) == name


def test_a_flame_graph_needs_samples():
    with pytest.raises(ValueError, match="no sample"):
        flame.render(flame.fold(""), "nothing")


def test_a_frame_is_as_wide_as_its_share():
    root = xml.etree.ElementTree.fromstring(flame.render({("thread", "a<b>"): 3, ("thread", "c"): 1}, "a & b"))
    svg = "{http://www.w3.org/2000/svg}"
    shares = {group.find(svg + "title").text: float(group.find(svg + "rect").get("width")) for group in root.iter(svg + "g")}
    assert shares["a<b>: 3 samples, 75.0%"] == pytest.approx(0.75 * flame.WIDTH, abs=1)
    assert shares["c: 1 samples, 25.0%"] == pytest.approx(0.25 * flame.WIDTH, abs=1)


def test_results_name_no_host_and_no_path():
    for path in (ROOT / "bench/results").glob("*.json"):
        assert {"kind", "machine", "commit", "rows"} <= json.loads(path.read_text()).keys(), path
        assert "/root/" not in path.read_text() and "/home/" not in path.read_text(), path
