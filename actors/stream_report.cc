// The reporting half of StreamRegistry: what operators see of a stream, as a report and as gauges.
#include "actors/running_stream.h"
#include "actors/stream_registry.h"
#include "engine/config/values.h"

#include <algorithm>
#include <utility>

namespace hydrant {
namespace {

// An error document may wait for its buffer's interval. Beyond that something is wrong.
constexpr absl::Duration kErrorsLateAfter = absl::Minutes(1);

uint64_t FailedRecords(const RunningStream& stream) {
  uint64_t records = 0;
  for (const ShardLedgerPtr& ledger : stream.ledgers()) records += ledger->failed_records;
  return records;
}

bool ErrorsAreLate(const RunningStream& stream, absl::Time now) {
  const absl::Duration interval = stream.definition->s3->buffering.interval;
  return now - stream.errors_progress.stuck_since() > interval + kErrorsLateAfter;
}

const Sink& InUse(const RunningStream& stream) {
  const auto& destinations = stream.routes.destinations;
  return *destinations.at(std::min<size_t>(stream.probe->destination(), destinations.size() - 1))
              .sink;
}

// What runs, and yet somebody should know of.
std::vector<std::string> ProblemsOf(const RunningStream& stream, absl::Time now) {
  std::vector<std::string> problems = stream.problems();
  if (stream.probe->destination() > 0) {
    problems.push_back("records go to " + InUse(stream).Describe() + ", because " +
                       stream.sink()->Describe() + " fails or has failed a short while ago");
  }
  if (stream.backup_probe) {
    const std::string error = stream.backup_probe->last_error();
    if (!error.empty()) {
      problems.push_back("the backup does not get through to " + stream.routes.backup->Describe() +
                         ": " + error);
    }
  }
  if (stream.probe->has_no_room()) {
    problems.push_back(
        "producers are told to slow down: its log has no room; it may hold " +
        RenderSize(stream.quota_bytes) +
        " (Hydrant.Quota, or else log.quota), if the disk is not full: see to the destination, or "
        "raise it");
  }
  if (ErrorsAreLate(stream, now)) {
    problems.push_back(std::to_string(FailedRecords(stream)) +
                       " records that were given up do not get through to the error output, " +
                       stream.routes.errors->Describe());
  }
  return problems;
}

}  // namespace

void RunningStream::NoteProgress(absl::Time now) {
  const std::vector<ShardLedgerPtr> held = ledgers();
  if (held.empty()) return;
  progress.Note(now, BacklogOf(*held[0]) > 0, held[0]->watermark);
  if (held.size() > 1) backup_progress.Note(now, BacklogOf(*held[1]) > 0, held[1]->watermark);
  errors_progress.Note(now, FailedRecords(*this) > 0, probe->error_records());
}

uint64_t RunningStream::BacklogOf(const ShardLedger& ledger) {
  const uint64_t end = ledger.shard->log->stats().durable_end.value;
  return end - std::min(end, ledger.watermark.load());
}

uint64_t RunningStream::OwnBacklogRecords() const {
  const std::vector<ShardLedgerPtr> held = ledgers();
  return held.empty() ? 0 : BacklogOf(*held[0]);
}

uint64_t RunningStream::BackupBacklogRecords() const {
  const std::vector<ShardLedgerPtr> held = ledgers();
  return held.size() < 2 ? 0 : BacklogOf(*held[1]);
}

uint64_t RunningStream::BacklogRecords() const {
  const ShardPtr held = shard();
  if (!held) return 0;
  const uint64_t end = held->log->stats().durable_end.value;
  return end - std::min(end, held->watermark().value);
}

uint64_t RunningStream::UndeliveredRecords() const {
  const uint64_t backlog = BacklogRecords();
  const std::vector<ShardLedgerPtr> held = ledgers();
  return held.empty() ? backlog : backlog - std::min(backlog, held[0]->elsewhere_records.load());
}

uint64_t RunningStream::BacklogBytes() const {
  const ShardPtr held = shard();
  if (!held) return 0;
  const LogStats stats = held->log->stats();
  const uint64_t records = stats.durable_end - stats.begin;
  if (records == 0) return 0;
  const double share = static_cast<double>(BacklogRecords()) / static_cast<double>(records);
  return static_cast<uint64_t>(static_cast<double>(stats.disk_bytes) * std::min(share, 1.0));
}

namespace {

// The pipeline knows the age of what it holds. A branch whose pipeline is empty in spite of a backlog lags too,
// at least since it last got on.
double LagSeconds(const StreamProbe& probe, const Progress& progress, absl::Time now) {
  const absl::Time oldest = std::min(probe.oldest_arrival(), progress.stuck_since());
  if (oldest == absl::InfiniteFuture()) return 0;
  return std::max(0.0, absl::ToDoubleSeconds(now - oldest));
}

}  // namespace

void StreamRegistry::ExposeGauges(const StreamPtr& stream) {
  MetricLabels labels{{"stream", stream->definition->name}};
  auto gauge = [&](std::string_view name, std::string_view help, auto value) {
    options_.metrics->AddGaugeFunction(name, help, labels,
                                       [weak = std::weak_ptr(stream), value]() -> double {
                                         const StreamPtr held = weak.lock();
                                         return held ? static_cast<double>(value(*held)) : 0;
                                       });
  };
  using S = RunningStream;
  gauge("hydrant_backlog_bytes", "Size in the log of the records that are not delivered.",
        [](const S& s) { return s.BacklogBytes(); });
  gauge("hydrant_log_disk_bytes", "Size of the stream's log on disk.", [](const S& s) {
    const ShardPtr shard = s.shard();
    return shard ? shard->log->stats().disk_bytes : 0;
  });
  gauge("hydrant_transform_workers", "Workers that process records.",
        [](const S& s) { return s.probe->transform_workers(); });
  gauge("hydrant_destination_in_use",
        "Which destination is sent to: 0 the stream's own, 1 the first of its failover, and so on.",
        [](const S& s) { return s.probe->destination(); });
  gauge("hydrant_error_backlog_records",
        "Records that were given up and whose error documents are not delivered.", FailedRecords);
  const auto of_branch = [&](auto probe, auto progress, auto backlog) {
    gauge("hydrant_backlog_records", "Records in the log that are not delivered.", backlog);
    gauge("hydrant_destination_breaker",
          "Circuit breaker of the destination: 0 closed, 1 open, 2 half open.",
          [probe](const S& s) { return (s.*probe)->breaker(); });
    gauge("hydrant_delivery_workers", "Delivery attempts at once that there may be.",
          [probe](const S& s) { return (s.*probe)->delivery_workers(); });
    gauge("hydrant_data_freshness_seconds", "Age of the oldest record that is not delivered.",
          [probe, progress, clock = options_.sinks.clock](const S& s) {
            return LagSeconds(*(s.*probe), s.*progress, clock->Now());
          });
  };
  of_branch(&S::probe, &S::progress, [](const S& s) { return s.OwnBacklogRecords(); });
  if (!stream->backup_probe) return;
  labels.emplace("branch", kBackupBranch);
  of_branch(&S::backup_probe, &S::backup_progress,
            [](const S& s) { return s.BackupBacklogRecords(); });
}

StreamReport StreamRegistry::ReportOn(const RunningStream& stream) const {
  const absl::Time now = options_.sinks.clock->Now();
  const StreamProbe& probe = *stream.probe;
  StreamReport report;
  report.name = stream.definition->name;
  report.destination = stream.sink()->Describe();
  report.destination_in_use = InUse(stream).Describe();
  report.detail = stream.failure();
  report.last_error = probe.last_error();
  report.problems = ProblemsOf(stream, now);
  report.breaker = BreakerStateName(probe.breaker());
  report.state = !report.detail.empty()       ? "failed"
                 : stream.is_changing()       ? "updating"
                 : !report.last_error.empty() ? "retrying"
                                              : "running";
  report.backlog_records = stream.OwnBacklogRecords();
  report.backlog_bytes = stream.BacklogBytes();
  report.lag_seconds = LagSeconds(probe, stream.progress, now);
  report.records_in_per_second = stream.in_per_second;
  report.records_out_per_second = stream.out_per_second;
  report.delivered_records = probe.delivered_records();
  report.delivery_workers = probe.delivery_workers();
  report.transform_workers = probe.transform_workers();
  report.error_backlog_records = FailedRecords(stream);
  report.possible_duplicate_records = probe.possible_duplicates();
  if (stream.backup_probe) {
    const StreamProbe& backup = *stream.backup_probe;
    report.backup = {.destination = stream.routes.backup->Describe(),
                     .breaker = BreakerStateName(backup.breaker()),
                     .backlog_records = stream.BackupBacklogRecords(),
                     .lag_seconds = LagSeconds(backup, stream.backup_progress, now),
                     .delivered_records = backup.delivered_records(),
                     .last_error = backup.last_error()};
  }
  return report;
}

std::vector<StreamReport> StreamRegistry::Report() const {
  std::vector<StreamReport> reports;
  for (const StreamPtr& stream : Streams()) reports.push_back(ReportOn(*stream));
  std::sort(reports.begin(), reports.end(),
            [](const StreamReport& a, const StreamReport& b) { return a.name < b.name; });
  return reports;
}

}  // namespace hydrant
