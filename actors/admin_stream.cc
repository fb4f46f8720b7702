#include "actors/admin_stream.h"

#include "actors/json_answer.h"

#include <absl/strings/match.h>
#include <absl/time/clock.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <exception>
#include <string>
#include <utility>

namespace hydrant {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kStreams = "/streams/";
constexpr std::string_view kReplays = "/replays";
constexpr std::string_view kHistory = "/history";
constexpr uint64_t kRequestBytesMax = 16 << 10;

int StatusCodeOf(const Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kOutOfRange:
      return 400;
    case absl::StatusCode::kNotFound:
      return 404;
    case absl::StatusCode::kFailedPrecondition:
      return 409;
    case absl::StatusCode::kResourceExhausted:
      return 429;
    case absl::StatusCode::kUnavailable:
      return 503;
    default:
      return 500;
  }
}

HttpResponse ErrorAnswer(int status, std::string_view message) {
  return JsonAnswer(status, Json{{"error", message}});
}

HttpResponse ErrorAnswer(const Status& status) {
  return ErrorAnswer(StatusCodeOf(status), Message(status));
}

Json TimeOrNull(absl::Time time) {
  if (time == absl::InfinitePast() || time == absl::InfiniteFuture()) return nullptr;
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", time, absl::UTCTimeZone());
}

Json ToJson(const ReplayReport& report) {
  const bool bounded = report.bytes_per_second_max != ReplaySpec::kNoBound;
  const Position begin = report.range.positions.begin;
  return Json{{"id", report.id},
              {"stream", report.stream},
              {"state", ReplayStateName(report.state)},
              {"detail", report.detail},
              {"destination", report.destination},
              {"from", begin.value},
              {"to", report.range.positions.end.value},
              {"reached", report.reached.value},
              {"first_arrival", TimeOrNull(report.range.first_arrival)},
              {"last_arrival", TimeOrNull(report.range.last_arrival)},
              {"log_bytes", report.range.bytes},
              {"expected_objects", report.expected_objects},
              {"rate", bounded ? Json(report.bytes_per_second_max) : Json(nullptr)},
              {"delivered_records", report.delivered_records},
              {"delivered_bytes", report.delivered_bytes},
              {"given_up_records", report.given_up_records},
              {"missed_records", report.missed_records},
              {"started", TimeOrNull(report.started)},
              {"ended", TimeOrNull(report.ended)},
              {"last_error", report.last_error}};
}

HttpResponse Answer(int status, const StatusOr<ReplayReport>& report) {
  return report.ok() ? JsonAnswer(status, ToJson(*report)) : ErrorAnswer(report.status());
}

// On the threads that may wait.
asio::awaitable<StatusOr<ReplayReport>> Start(StreamRegistry* streams, std::string stream,
                                              ReplaySpec spec) {
  try {
    co_return streams->StartReplay(stream, spec);
  } catch (const std::exception& error) {
    co_return Internal(error.what());
  }
}

asio::awaitable<HttpResponse> Post(StreamRegistry* streams, asio::any_io_executor blocking,
                                   std::string stream, HttpExchange* exchange) {
  // A page in a browser can't send this type to another host without being asked first.
  const std::string_view type = exchange->head().Header("Content-Type");
  if (!absl::StartsWithIgnoreCase(ToAbsl(type), "application/json")) {
    co_return ErrorAnswer(415, "Content-Type: must be application/json");
  }
  const StatusOr<HttpBody> body = co_await exchange->ReadBody(kRequestBytesMax);
  if (absl::IsResourceExhausted(body.status())) {
    co_return ErrorAnswer(413, "the request has more than 16 KiB");
  }
  if (!body.ok()) co_return ErrorAnswer(400, Message(body.status()));
  const StatusOr<ReplaySpec> spec = ParseReplaySpec(body->view(), absl::Now());
  if (!spec.ok()) co_return ErrorAnswer(spec.status());
  asio::awaitable<StatusOr<ReplayReport>> start = Start(streams, std::move(stream), *spec);
  const StatusOr<ReplayReport> started =
      co_await asio::co_spawn(blocking, std::move(start), asio::use_awaitable);
  co_return Answer(spec->dry_run ? 200 : 201, started);
}

HttpResponse List(const StreamRegistry& streams, const std::string& stream) {
  const StatusOr<std::vector<ReplayReport>> reports = streams.Replays(stream);
  if (!reports.ok()) return ErrorAnswer(reports.status());
  Json replays = Json::array();
  for (const ReplayReport& report : *reports) replays.push_back(ToJson(report));
  return JsonAnswer(200, Json{{"replays", std::move(replays)}});
}

HttpResponse OnlyThese(std::string_view methods) {
  HttpResponse response =
      ErrorAnswer(405, "only these methods are served here: " + std::string(methods));
  response.headers.emplace_back("Allow", methods);
  return response;
}

HttpResponse History(const StreamCatalog& catalog, const std::string& stream) {
  const StreamHistoryPtr history = catalog.History(stream);
  if (history == nullptr) return ErrorAnswer(404, "there is no stream " + stream);
  Json changes = Json::array();
  for (const StreamChange& change : *history) {
    changes.push_back({{"version", change.version},
                       {"time", TimeOrNull(change.at)},
                       {"operation", change.author.operation},
                       {"who", change.author.who},
                       {"from", change.author.from},
                       {"members", change.members}});
  }
  return JsonAnswer(200, Json{{"changes", std::move(changes)}});
}

struct StreamsOfNode {
  StreamRegistry* running;
  const StreamCatalog* catalog;
};

// "/streams/NAME/history", "/streams/NAME/replays" or "/streams/NAME/replays/ID".
asio::awaitable<HttpResponse> Route(StreamsOfNode node, asio::any_io_executor blocking,
                                    HttpExchange* exchange) {
  std::string_view path = exchange->head().path;
  path.remove_prefix(kStreams.size());
  const size_t slash = std::min(path.find('/'), path.size());
  std::string stream(path.substr(0, slash));
  path.remove_prefix(slash);
  StreamRegistry* const streams = node.running;
  const std::string_view method = exchange->head().method;
  const bool reads = method == "GET" || method == "HEAD";
  if (path == kHistory) {
    co_return reads ? History(*node.catalog, stream) : OnlyThese("GET, HEAD");
  }
  if (!path.starts_with(kReplays)) co_return ErrorAnswer(404, "nothing is served at this path");
  path.remove_prefix(kReplays.size());
  if (path.empty()) {
    if (reads) co_return List(*streams, stream);
    if (method != "POST") co_return OnlyThese("GET, HEAD, POST");
    co_return co_await Post(streams, blocking, std::move(stream), exchange);
  }
  if (path.front() != '/') co_return ErrorAnswer(404, "nothing is served at this path");
  if (method != "DELETE") co_return OnlyThese("DELETE");
  const std::string id(path.substr(1));
  co_return Answer(200, streams->StopReplay(stream, id));
}

}  // namespace

void AddStreamRoutes(HttpRouter& router, StreamRegistry& streams, const StreamCatalog& catalog,
                     asio::any_io_executor blocking) {
  const StreamsOfNode node{&streams, &catalog};
  router.Add(
      std::string(kStreams), [node, blocking](HttpExchange& exchange) -> asio::awaitable<void> {
        HttpResponse response = co_await Route(node, blocking, &exchange);
        (co_await exchange.Respond(std::move(response))).IgnoreError();  // the peer may be gone
      });
}

}  // namespace hydrant
