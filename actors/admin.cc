#include "actors/admin.h"

#include "actors/admin_stream.h"
#include "actors/json_answer.h"
#include "engine/stream/describe.h"

#include <absl/strings/str_cat.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace hydrant {
namespace {

using Json = nlohmann::ordered_json;

HttpResponse Text(int status, std::string_view type, std::string body) {
  HttpResponse response;
  response.status = status;
  response.content_type = type;
  response.body = std::move(body);
  return response;
}

// To thousandths: a smoothed rate ends in digits that mean nothing.
double Rounded(double number) { return std::round(number * 1000) / 1000; }

Json ToJson(const StreamReport::Backup& backup) {
  return Json{{"destination", backup.destination},
              {"backlog_records", backup.backlog_records},
              {"lag_seconds", Rounded(backup.lag_seconds)},
              {"delivered_records", backup.delivered_records},
              {"breaker", backup.breaker},
              {"last_error", backup.last_error}};
}

Json ToJson(const StreamReport& report) {
  return Json{{"name", report.name},
              {"state", report.state},
              {"detail", report.detail},
              {"destination", report.destination},
              {"backlog_records", report.backlog_records},
              {"backlog_bytes", report.backlog_bytes},
              {"lag_seconds", Rounded(report.lag_seconds)},
              {"records_in_per_second", Rounded(report.records_in_per_second)},
              {"records_out_per_second", Rounded(report.records_out_per_second)},
              {"delivered_records", report.delivered_records},
              {"breaker", report.breaker},
              {"last_error", report.last_error},
              {"destination_in_use", report.destination_in_use},
              {"delivery_workers", report.delivery_workers},
              {"transform_workers", report.transform_workers},
              {"error_backlog_records", report.error_backlog_records},
              {"possible_duplicate_records", report.possible_duplicate_records},
              {"backup", report.backup ? ToJson(*report.backup) : Json()}};
}

constexpr std::string_view kDeleting = "deleting";

// Those that run, those that never came to that, and those that are on their way out.
std::vector<StreamReport> AllReports(const AdminOptions& options) {
  std::vector<StreamReport> reports = options.streams->Report();
  const auto by_name = [](const StreamReport& a, const StreamReport& b) { return a.name < b.name; };
  const size_t running = reports.size();
  for (const StreamDefinitionPtr& definition : options.catalog->All()) {
    const StreamStatus status = ShownStatus(*definition);
    const bool deleting = status == StreamStatus::kDeleting;
    if (!deleting && status != StreamStatus::kCreatingFailed &&
        status != StreamStatus::kDeletingFailed) {
      continue;
    }
    StreamReport report;
    report.name = definition->name;
    report.state = deleting ? kDeleting : "failed";
    report.detail = deleting ? "what it holds is delivered first"
                             : absl::StrCat(ToAbsl(StreamStatusName(status)), ": ",
                                            ToAbsl(ShownFailure(*definition)));
    const auto end = reports.begin() + static_cast<std::ptrdiff_t>(running);
    if (!std::binary_search(reports.begin(), end, report, by_name)) reports.push_back(report);
  }
  std::sort(reports.begin(), reports.end(), by_name);
  return reports;
}

HttpResponse Streams(const AdminOptions& options) {
  Json streams = Json::array();
  for (const StreamReport& report : AllReports(options)) streams.push_back(ToJson(report));
  return JsonAnswer(200, Json{{"streams", std::move(streams)}});
}

// What is no part of Firehose's descriptions, and `hydrant export` must know.
HttpResponse Settings(const AdminOptions& options) {
  Json streams = Json::object();
  for (const StreamDefinitionPtr& definition : options.catalog->All()) {
    Json settings = DescribeHydrantSettings(*definition);
    if (!settings.empty()) streams[definition->name] = std::move(settings);
  }
  return JsonAnswer(200, Json{{"streams", std::move(streams)}});
}

HttpResponse Health(const AdminOptions& options) {
  Json problems = Json::array();
  for (const StreamReport& report : AllReports(options)) {
    for (const std::string& problem : report.problems) {
      problems.push_back({{"stream", report.name}, {"state", report.state}, {"detail", problem}});
    }
    if (report.state == "running" || report.state == kDeleting) continue;
    const std::string& why = report.detail.empty() ? report.last_error : report.detail;
    problems.push_back({{"stream", report.name}, {"state", report.state}, {"detail", why}});
  }
  for (const std::string& problem : options.problems) problems.push_back({{"detail", problem}});
  if (options.streams->disk_full()) {
    problems.push_back({{"detail", options.streams->WhyFull()}});
  }
  const char* status = problems.empty() ? "ok" : "degraded";
  return JsonAnswer(200, Json{{"status", status}, {"problems", std::move(problems)}});
}

HttpResponse Ready(const AdminOptions& options) {
  if (options.draining->load()) return JsonAnswer(503, Json{{"ready", false}, {"why", "draining"}});
  if (options.streams->disk_full()) {
    return JsonAnswer(503, Json{{"ready", false}, {"why", options.streams->WhyFull()}});
  }
  return JsonAnswer(200, Json{{"ready", true}});
}

void AddGet(HttpRouter& router, std::string path, std::function<HttpResponse()> answer) {
  router.Add(std::move(path), [answer](HttpExchange& exchange) -> asio::awaitable<void> {
    HttpResponse response;
    if (exchange.head().method == "GET" || exchange.head().method == "HEAD") {
      response = answer();
    } else {
      response = Text(405, "text/plain", "Only GET is served here.\n");
      response.headers.emplace_back("Allow", "GET, HEAD");
    }
    (co_await exchange.Respond(std::move(response))).IgnoreError();  // the peer may be gone
  });
}

}  // namespace

void AddAdminRoutes(HttpRouter& router, AdminOptions options) {
  AddGet(router, "/metrics", [options] {
    return Text(200, "text/plain; version=0.0.4; charset=utf-8", options.metrics->Expose());
  });
  AddGet(router, "/streams", [options] { return Streams(options); });
  AddGet(router, "/settings", [options] { return Settings(options); });
  AddStreamRoutes(router, *options.streams, *options.catalog, options.blocking);
  AddGet(router, "/health", [options] { return Health(options); });
  AddGet(router, "/ready", [options] { return Ready(options); });
}

}  // namespace hydrant
