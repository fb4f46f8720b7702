#include "bench/load/html_report.h"

#include "bench/load/plot.h"

#include <absl/strings/str_cat.h>
#include <absl/strings/str_format.h>

#include <algorithm>

namespace hydrant::load {
namespace {

using Json = nlohmann::ordered_json;

constexpr char kStyle[] = R"(<style>
:root { color-scheme: light dark; --fg: #1c2024; --bg: #fff; --dim: #60646c; --rule: #d9d9e0;
  --c0: #0b68cb; --c1: #c2410c; --c2: #15803d; --c3: #7e22ce; }
@media (prefers-color-scheme: dark) {
  :root { --fg: #edeef0; --bg: #18191b; --dim: #b0b4ba; --rule: #3a3f44;
    --c0: #70b8ff; --c1: #ff977d; --c2: #65ba75; --c3: #c4a5f5; } }
body { font: 15px/1.45 system-ui, sans-serif; color: var(--fg); background: var(--bg);
  max-width: 800px; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.05rem; margin: 2rem 0 0; }
.unit, .legend, footer { color: var(--dim); margin: 0; font-size: 13px; }
table { border-collapse: collapse; margin: .5rem 0; }
td, th { padding: .2rem .9rem .2rem 0; text-align: left; border-bottom: 1px solid var(--rule);
  overflow-wrap: anywhere; }
td.n { text-align: right; font-variant-numeric: tabular-nums; }
svg { width: 100%; height: auto; } svg text { fill: var(--dim); font-size: 11px; }
.grid { stroke: var(--rule); stroke-width: 1; } polyline, circle { fill: none; stroke-width: 1.6; }
.line0 { stroke: var(--c0); } .line1 { stroke: var(--c1); }
.line2 { stroke: var(--c2); } .line3 { stroke: var(--c3); }
.key0 { color: var(--c0); } .key1 { color: var(--c1); }
.key2 { color: var(--c2); } .key3 { color: var(--c3); }
</style>
)";

// A value as a cell shows it.
std::string Shown(const Json& value) {
  if (value.is_null()) return "–";
  if (value.is_number_float()) return absl::StrFormat("%.6g", value.get<double>());
  return value.is_string() ? value.get<std::string>() : value.dump();
}

std::string Row(const std::string& name, const Json& value) {
  return absl::StrCat("<tr><th>", EscapeHtml(name), "</th><td class=\"n\">",
                      EscapeHtml(Shown(value)), "</td></tr>\n");
}

// The plain members of an object, a row each.
std::string Rows(const Json& object) {
  std::string rows;
  for (const auto& [name, value] : object.items()) {
    if (!value.is_object() && name != "histogram") rows += Row(name, value);
  }
  return rows;
}

std::string Table(const std::string& title, const std::string& rows) {
  return absl::StrCat("<section><h2>", EscapeHtml(title), "</h2><table>\n", rows,
                      "</table></section>\n");
}

std::string LatencyTable(const Json& result) {
  constexpr const char* kMembers[] = {"p50_ms", "p90_ms",  "p99_ms", "p99_9_ms",
                                      "max_ms", "mean_ms", "count"};
  std::string rows = "<tr><th></th>";
  for (const char* member : kMembers) absl::StrAppend(&rows, "<th>", member, "</th>");
  rows += "</tr>\n";
  const auto add = [&](const char* name, const Json& times) {
    if (!times.is_object()) return;
    absl::StrAppend(&rows, "<tr><th>", name, "</th>");
    for (const char* member : kMembers) {
      absl::StrAppend(&rows, "<td class=\"n\">", EscapeHtml(Shown(times.at(member))), "</td>");
    }
    rows += "</tr>\n";
  };
  add("request to answer", result.at("service_time"));
  add("due to answer", result.at("response_time"));
  if (result.at("check").is_object()) {
    add("acknowledged to readable", result.at("check").at("delivery_time"));
  }
  return Table("Latency", rows);
}

PlotLine OverTime(const Json& result, const std::string& name, const char* member) {
  PlotLine line{name, {}};
  double second = 0;
  for (const Json& entry : result.at("seconds")) {
    // A second without any answer has no latency.
    if (const Json& value = entry.at(member); !value.is_null()) {
      line.points.emplace_back(second, value.get<double>());
    }
    ++second;
  }
  return line;
}

// Without the last second, which is seldom a whole one.
PlotLine RateOverTime(const Json& result) {
  PlotLine line = OverTime(result, "records", "records");
  if (line.points.size() > 1) line.points.pop_back();
  return line;
}

// How much of all took longer than a time: what is above p99 is seen as well as the rest.
PlotLine Distribution(const Json& times, const std::string& name) {
  PlotLine line{name, {}};
  if (!times.is_object()) return line;
  const double count = times.at("count").get<double>();
  double above = count;
  for (const Json& bucket : times.at("histogram")) {
    const double ms = std::max(bucket.at(0).get<double>(), 1e-3);
    line.points.emplace_back(ms, above / count * 100);
    above -= bucket.at(1).get<double>();
  }
  return line;
}

std::string Plots(const Json& result) {
  std::string plots = RenderPlot({.title = "Acknowledged records",
                                  .x_label = "second of the run",
                                  .y_label = "records a second",
                                  .lines = {RateOverTime(result)}});
  plots += RenderPlot({.title = "Latency over time",
                       .x_label = "second of the run",
                       .y_label = "milliseconds",
                       .lines = {OverTime(result, "p50", "response_p50_ms"),
                                 OverTime(result, "p99", "response_p99_ms")}});
  Plot distribution{.title = "Latency distribution",
                    .x_label = "milliseconds",
                    .y_label = "percent of requests that took at least so long",
                    .lines = {Distribution(result.at("service_time"), "request to answer"),
                              Distribution(result.at("response_time"), "due to answer")},
                    .log_x = true,
                    .log_y = true};
  plots += RenderPlot(distribution);
  if (!result.at("check").is_object()) return plots;
  return plots + RenderPlot({.title = "Delivery time distribution",
                             .x_label = "milliseconds from acknowledgement to readable",
                             .y_label = "percent of records that took at least so long",
                             .lines = {Distribution(result.at("check").at("delivery_time"), "")},
                             .log_x = true,
                             .log_y = true});
}

}  // namespace

std::string EscapeHtml(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      case '\'':
        escaped += "&#39;";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

std::string HtmlReport(const Json& result) {
  std::string page = "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n";
  absl::StrAppend(&page, "<meta name=\"viewport\" content=\"width=device-width\">\n",
                  "<title>hydrant bench</title>\n", kStyle, "</head><body>\n<h1>hydrant bench: ",
                  EscapeHtml(Shown(result.at("options").at("operation"))), " to ",
                  EscapeHtml(Shown(result.at("options").at("endpoint"))), "</h1>\n");
  const Json& machine = result.at("machine");
  absl::StrAppend(&page, "<p class=\"unit\">", EscapeHtml(Shown(result.at("started_at"))), "; ",
                  EscapeHtml(Shown(machine.at("cpu_model"))), ", ",
                  EscapeHtml(Shown(machine.at("cores"))), " cores, Linux ",
                  EscapeHtml(Shown(machine.at("kernel"))), "; hydrant ",
                  EscapeHtml(Shown(result.at("version"))), " (",
                  EscapeHtml(Shown(result.at("commit"))), ")</p>\n");
  page += Table("Measured", Rows(result.at("measured")));
  page += LatencyTable(result);
  page += Plots(result);
  if (result.at("check").is_object()) page += Table("At the destination", Rows(result.at("check")));
  page += Table("Requests", Rows(result.at("requests")) +
                                Row("unanswered", result.at("unanswered").at("requests")) +
                                Row("connections broken", result.at("connections").at("broken")) +
                                Row("first error", result.at("first_error")));
  page += Table("Options", Rows(result.at("options")));
  return page + "</body></html>\n";
}

}  // namespace hydrant::load
