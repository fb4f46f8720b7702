#include "app/put_sender.h"

#include "app/client_credentials.h"
#include "app/console.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <optional>

namespace hydrant {
namespace {

constexpr absl::Duration kBackoffMin = absl::Milliseconds(100);
constexpr absl::Duration kBackoffMax = absl::Seconds(5);
constexpr absl::Duration kRetryAfterMax = absl::Seconds(30);
constexpr size_t kMessageShownMax = 300;

// How many records the server says are durable, of the whole request or of one refused on the way.
std::optional<uint64_t> DurableRecords(const HttpReply& reply) {
  const nlohmann::json answer = nlohmann::json::parse(reply.body, nullptr, false);
  if (!answer.is_object()) return std::nullopt;
  const auto records = answer.find("records");
  if (records == answer.end() || !records->is_number_unsigned()) return std::nullopt;
  return records->get<uint64_t>();
}

struct Reason {
  std::string type;  // empty: it is no answer of a node's
  std::string message;
};

// The reason in a node's answer, or the answer itself.
Reason ReasonOf(const HttpReply& reply) {
  const nlohmann::json answer = nlohmann::json::parse(reply.body, nullptr, false);
  const auto text = [&](const char* path) -> std::string {
    const nlohmann::json::json_pointer at(path);
    if (!answer.is_object() || !answer.contains(at) || !answer[at].is_string()) return "";
    return answer[at].get<std::string>();
  };
  Reason reason{text("/error/type"), text("/error/message")};
  if (reason.message.empty()) reason.message = reply.body;
  reason.message = Plain(reason.message.substr(0, kMessageShownMax));
  return reason;
}

bool IsRetried(int status) {
  return status == 408 || status == 429 || status == 500 || status == 502 || status == 503 ||
         status == 504;
}

Status Refusal(const HttpReply& reply) {
  std::string message = "the server answered " + std::to_string(reply.status);
  const Reason reason = ReasonOf(reply);
  if (!reason.message.empty()) message += ": " + reason.message;
  if (reply.status == 404) message += "; \"hydrant streams\" lists the streams there are";
  message += KeyHint(reason.type, reason.message);
  return InvalidArgument(message);
}

class Sender {
 public:
  Sender(const PutHooks& hooks, PutProgress& progress) : hooks_(hooks), progress_(progress) {}

  // Sends one run until all of it is acknowledged.
  Status Send(LineRun run) {
    absl::Duration waited;
    for (int attempt = 0; run.records > 0; ++attempt) {
      const StatusOr<HttpReply> reply = hooks_.post(run.bytes);
      const bool progressed = reply.ok() && Acknowledge(run, *reply);
      if (reply.ok() && reply->status == 200) break;
      if (reply.ok() && !IsRetried(reply->status)) return Refusal(*reply);
      if (absl::IsInvalidArgument(reply.status())) return reply.status();
      if (Stopped() && run.records > 0) return Interrupted(reply, run.records);
      // Without a connection nothing was sent.
      if (!reply.ok() && !absl::IsUnavailable(reply.status())) ++progress_.unsure;
      if (progressed) {
        attempt = 0;
        waited = absl::ZeroDuration();
      }
      if (run.records > 0) RETURN_IF_ERROR(WaitBefore(attempt, reply, waited));
      if (Stopped() && run.records > 0) {
        return Interrupted(Unavailable("not sent again"), run.records);
      }
    }
    progress_.waiting.clear();
    hooks_.report(progress_);
    return absl::OkStatus();
  }

 private:
  // Takes from the run what the answer says is durable; true when that is anything.
  bool Acknowledge(LineRun& run, const HttpReply& reply) {
    const bool whole = reply.status == 200;
    const uint64_t records = DurableRecords(reply).value_or(whole ? run.records : 0);
    const std::string_view rest =
        whole ? std::string_view() : SkipRecords(run.bytes, std::min(records, run.records));
    progress_.records += records;
    progress_.bytes += run.bytes.size() - rest.size();
    run.bytes = rest;
    run.records -= std::min(records, run.records);
    return records > 0;
  }

  Status WaitBefore(int attempt, const StatusOr<HttpReply>& reply, absl::Duration& waited) {
    const double jitter = 0.8 + 0.4 * UniformReal(*hooks_.entropy);
    absl::Duration pause = std::min(kBackoffMin * (1 << std::min(attempt, 10)), kBackoffMax);
    pause = pause * jitter;
    if (reply.ok() && reply->retry_after) {
      pause = std::max(pause, std::min(*reply->retry_after, kRetryAfterMax));
    }
    if (waited + pause > hooks_.patience) return GaveUp(reply);
    waited += pause;
    ++progress_.retries;
    progress_.waiting =
        reply.ok() ? "the server says to slow down" : std::string(Message(reply.status()));
    hooks_.report(progress_);
    hooks_.sleep(pause);
    return absl::OkStatus();
  }

  Status GaveUp(const StatusOr<HttpReply>& reply) const {
    std::string text =
        " for " + std::string(FromAbsl(absl::FormatDuration(hooks_.patience))) + ": ";
    if (absl::IsUnavailable(reply.status())) {
      return Unavailable("no connection" + text + std::string(Message(reply.status())) +
                         "; is a node running there? \"hydrant run\" starts one, --endpoint names "
                         "another");
    }
    text = "the server took no more" + text;
    if (!reply.ok()) return Unavailable(text + std::string(Message(reply.status())));
    text += "it answered " + std::to_string(reply->status);
    const std::string reason = ReasonOf(*reply).message;
    if (!reason.empty()) text += " (" + reason + ")";
    if (reply->status == 503) {
      text += "; the node refuses for now, \"hydrant streams\" shows the backlog";
    }
    return Unavailable(text);
  }

  bool Stopped() const { return hooks_.stopped && hooks_.stopped(); }

  static Status Interrupted(const StatusOr<HttpReply>& last, uint64_t records) {
    std::string text =
        "interrupted; " + RenderCount(records) + " records that were read are not acknowledged";
    const bool sent = !last.ok() && !absl::IsUnavailable(last.status());
    if (sent) text += ": they were under way, the node may have them";
    return MakeStatus(absl::StatusCode::kCancelled, text);
  }

  const PutHooks& hooks_;
  PutProgress& progress_;
};

}  // namespace

Status SendLines(LineReader& reader, const PutHooks& hooks, PutProgress& progress) {
  Sender sender(hooks, progress);
  while (true) {
    ASSIGN_OR_RETURN(const LineRun run, reader.Next());
    if (run.bytes.empty()) return absl::OkStatus();
    RETURN_IF_ERROR(sender.Send(run));
  }
}

}  // namespace hydrant
