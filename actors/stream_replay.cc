// The replaying half of StreamRegistry: what a log still holds goes through its stream once more.
#include "actors/running_stream.h"
#include "actors/stream_registry.h"
#include "engine/base/logging.h"
#include "engine/log/memory_ledger.h"

#include <absl/strings/str_cat.h>
#include <absl/strings/str_format.h>
#include <caf/send.hpp>

#include <algorithm>
#include <utility>

namespace hydrant {
namespace {

// Each holds a window of memory; more at once would not be faster.
constexpr size_t kReplaysAtOnceMax = 4;
constexpr size_t kReportsKept = 64;
// Of the stream's own window.
constexpr uint64_t kWindowShare = 4;
constexpr uint64_t kWindowBytesMin = 1 << 20;
constexpr char kReplays[] = "replay";
// However small its rate, a replay reads about so much at once.
constexpr double kReadBytesUsual = 1 << 20;

std::string MakeReplayId(Entropy& entropy) {
  return absl::StrFormat("%08x", static_cast<uint32_t>(entropy.Next64()));
}

// Which of the stream's destinations is meant, by number or by its description.
StatusOr<size_t> FindDestination(const std::vector<Destination>& destinations,
                                 const std::string& wanted, bool has_backup) {
  if (wanted.empty()) return 0;
  std::string choice;
  for (size_t i = 0; i < destinations.size(); ++i) {
    const std::string number = "failover-" + std::to_string(i);
    const std::string described = destinations[i].sink->Describe();
    if (wanted == described || (i > 0 && wanted == number)) return i;
    if (i > 0) absl::StrAppend(&choice, ", \"", number, "\" (", described, ")");
    if (i == 0) absl::StrAppend(&choice, "\"", described, "\"");
  }
  if (has_backup) choice += ", \"backup\"";
  return InvalidArgument("destination: \"" + wanted +
                         "\" is no destination of the stream; there are " + choice);
}

// How many objects the range makes, should each be full or its interval over.
uint64_t ExpectedObjects(const ReplayRange& range, const BranchOptions& branch) {
  uint64_t object_bytes = std::min(branch.hints.size_bytes, branch.window_bytes);
  if (branch.bytes_per_second_max != ReplaySpec::kNoBound) {
    const double seconds = std::max(1.0, absl::ToDoubleSeconds(branch.hints.interval));
    const double in_interval = std::clamp(
        seconds * static_cast<double>(branch.bytes_per_second_max), kReadBytesUsual, 1e18);
    object_bytes = std::min(object_bytes, static_cast<uint64_t>(in_interval));
  }
  object_bytes = std::max<uint64_t>(object_bytes, 1);
  return std::min(range.positions.size(), range.bytes / object_bytes + 1);
}

// A range without records is for the caller to mend: only streams and replays are not found.
StatusOr<ReplayRange> RangeOf(RecordLog& log, const ReplaySpec& spec, absl::Time now) {
  StatusOr<ReplayRange> range = FindReplayRange(log, spec, now);
  if (!absl::IsNotFound(range.status())) return range;
  return MakeStatus(absl::StatusCode::kOutOfRange, Message(range.status()));
}

}  // namespace

StatusOr<StreamRegistry::StreamPtr> StreamRegistry::FindStream(const std::string& name) const {
  absl::MutexLock lock(&mutex_);
  const auto found = streams_.find(name);
  if (found == streams_.end()) return NotFound("there is no stream \"" + name + "\"");
  return found->second;
}

std::vector<ReplayPtr> StreamRegistry::ReplaysOf(const std::string& stream) const {
  absl::MutexLock lock(&mutex_);
  std::vector<ReplayPtr> found;
  for (const ReplayPtr& replay : replays_) {
    if (replay->Report().stream == stream) found.push_back(replay);
  }
  return found;
}

void StreamRegistry::ExpectReplaysEnd(const std::string& stream, std::string_view why) const {
  for (const ReplayPtr& replay : ReplaysOf(stream)) replay->ExpectEnd(why);
}

// A branch like the stream's own (or its backup), but marked, to one destination and within its bounds.
StatusOr<BranchOptions> StreamRegistry::ReplayBranch(const RunningStream& stream,
                                                     const ReplaySpec& spec,
                                                     const std::string& id) const {
  BranchOptions branch = AnyBranch(stream);
  branch.definition = ForReplay(*stream.definition, id);
  ASSIGN_OR_RETURN(StreamRoutes routes, MakeStreamRoutes(*branch.definition, options_.sinks));
  branch.errors = routes.errors;
  branch.window_bytes = std::max(branch.window_bytes / kWindowShare, kWindowBytesMin);
  branch.bytes_per_second_max = spec.bytes_per_second_max;
  if (spec.destination == kBackupBranch && routes.backup) {
    branch.destinations.push_back(BackupDestination(std::move(routes.backup)));
    branch.hints = branch.definition->backup->s3->buffering;
    return branch;
  }
  ASSIGN_OR_RETURN(const size_t chosen, FindDestination(routes.destinations, spec.destination,
                                                        routes.backup != nullptr));
  branch.destinations.push_back(std::move(routes.destinations[chosen]));
  branch.hints = branch.definition->s3->buffering;
  branch.transforms = stream.transforms;
  return branch;
}

Status StreamRegistry::AdmitReplay(const ReplayPtr& replay) {
  const std::string stream = replay->Report().stream;
  absl::MutexLock lock(&mutex_);
  size_t running = 0;
  for (const ReplayPtr& other : replays_) {
    if (other->has_ended()) continue;
    ++running;
    const ReplayReport report = other->Report();
    if (report.stream != stream) continue;
    return absl::FailedPreconditionError(
        ToAbsl("the stream has a replay already, " + report.id +
               "; a stream has one at a time: stop it or wait for its end"));
  }
  if (running >= kReplaysAtOnceMax) {
    return ResourceExhausted("the node has " + std::to_string(running) +
                             " replays already, as many as it may: wait for the end of one");
  }
  replays_.push_back(replay);
  for (auto old = replays_.begin(); replays_.size() > kReportsKept && old != replays_.end();) {
    old = (*old)->has_ended() ? replays_.erase(old) : old + 1;
  }
  return absl::OkStatus();
}

StatusOr<ReplayReport> StreamRegistry::StartReplay(const std::string& name,
                                                   const ReplaySpec& spec) {
  ASSIGN_OR_RETURN(const StreamPtr stream, FindStream(name));
  auto [supervisor, shard] = stream->running();
  if (stream->is_changing()) {
    return Unavailable("the stream is being updated; try again in a moment");
  }
  if (!supervisor) {
    return Unavailable("the stream does not run now; \"hydrant streams\" says why");
  }
  const Clock& clock = *options_.sinks.clock;
  ReplayReport plan;
  plan.id = MakeReplayId(*options_.sinks.entropy);
  plan.stream = name;
  ASSIGN_OR_RETURN(plan.range, RangeOf(*shard->log, spec, clock.Now()));
  ASSIGN_OR_RETURN(BranchOptions branch, ReplayBranch(*stream, spec, plan.id));
  plan.destination = branch.destinations.front().sink->Describe();
  plan.bytes_per_second_max = spec.bytes_per_second_max;
  plan.expected_objects = ExpectedObjects(plan.range, branch);
  plan.reached = plan.range.positions.begin;
  if (spec.dry_run) {
    plan.id.clear();
    return plan;
  }
  std::unique_ptr<Ledger> ledger = MakeMemoryLedger();
  const PositionRange before{Position{}, plan.range.positions.begin};
  if (before.size() > 0) RETURN_IF_ERROR(ledger->Write(SettlePositions{{before}}));
  branch.ledger = AddLedger(shard, kReplays, std::move(ledger), /*is_replay=*/true);
  branch.end = plan.range.positions.end;
  branch.probe = std::make_shared<StreamProbe>(*options_.metrics, name, kReplays);
  const auto replay = std::make_shared<Replay>(plan, branch.ledger, branch.probe, clock);
  if (Status admitted = AdmitReplay(replay); !admitted.ok()) {
    branch.ledger->ended = true;
    return admitted;
  }
  branch.name = replay->branch_name();
  LogInfo("A replay begins.", {{"stream", name},
                               {"replay", plan.id},
                               {"from", plan.range.positions.begin.value},
                               {"to", plan.range.positions.end.value},
                               {"destination", plan.destination}});
  // A supervisor that is gone by now drops the message, which ends the replay.
  caf::anon_send(
      supervisor,
      hydrant::StartReplay{std::move(branch), OnceOrWhenDropped([replay] { replay->Ended(); })});
  return replay->Report();
}

StatusOr<std::vector<ReplayReport>> StreamRegistry::Replays(const std::string& stream) const {
  std::vector<ReplayReport> reports;
  for (const ReplayPtr& replay : ReplaysOf(stream)) reports.push_back(replay->Report());
  // After the reports: what a deletion ended is never told as something that may go on.
  RETURN_IF_ERROR(FindStream(stream).status());
  return reports;
}

StatusOr<ReplayReport> StreamRegistry::StopReplay(const std::string& name, const std::string& id) {
  ASSIGN_OR_RETURN(const StreamPtr stream, FindStream(name));
  for (const ReplayPtr& replay : ReplaysOf(name)) {
    if (replay->Report().id != id) continue;
    replay->ExpectEnd("it was stopped on request");
    stream->Send(hydrant::StopReplay{replay->branch_name()});
    return replay->Report();
  }
  return NotFound("the stream \"" + name + "\" has no replay \"" + id + "\"");
}

}  // namespace hydrant
