// StreamRegistry: the streams that run on this node: starts and stops their actors, finds their intakes.
// Owner:   the node. StreamHost's functions are called by one thread at a time and block on the disk; the
//          rest is open to any thread
// Errors:  StartStream: kUnimplemented: this build has no sink or transform for the definition. A log that can't
//          be opened is no error of it: the stream is reported as failed, refuses puts and is tried again
#pragma once

#include "actors/replay.h"
#include "actors/stream_intake.h"
#include "actors/stream_supervisor.h"
#include "engine/component.h"
#include "engine/io/file_system.h"
#include "engine/stream/control_plane.h"
#include "engine/stream/replay_spec.h"

#include <absl/container/flat_hash_map.h>
#include <absl/synchronization/mutex.h>
#include <boost/asio/thread_pool.hpp>

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace hydrant {

// What people see of a stream (`hydrant streams`, /streams).
struct StreamReport {
  std::string name;
  std::string state;                    // "running", "retrying", "updating", "failed"
  std::string detail;                   // why it does not run
  std::string_view breaker = "closed";  // of the destination: "closed", "open", "half-open"
  std::string destination;
  uint64_t backlog_records = 0;
  uint64_t backlog_bytes = 0;  // estimated from the size of the log
  double lag_seconds = 0;      // age of the oldest record that is not delivered
  double records_in_per_second = 0;
  double records_out_per_second = 0;
  uint64_t delivered_records = 0;
  std::string last_error;
  std::string destination_in_use;  // the same, or one of its failover
  int delivery_workers = 0;        // attempts at once that there may be
  int transform_workers = 0;
  uint64_t error_backlog_records = 0;  // given up, their error documents not delivered
  uint64_t possible_duplicate_records = 0;
  struct Backup {
    std::string destination;
    std::string_view breaker = "closed";
    uint64_t backlog_records = 0;
    double lag_seconds = 0;
    uint64_t delivered_records = 0;
    std::string last_error;
  };
  std::optional<Backup> backup;  // of all records
  // What somebody should know of though the stream runs: lost records, a lost ledger, a failover.
  std::vector<std::string> problems;
};

class RunningStream;

struct RegistryOptions {
  const NodeConfig* config = nullptr;
  caf::actor_system* system = nullptr;
  std::vector<LogWriter> writers;
  LogReader reader;
  SinkContext sinks;
  ArenaPool* pool = nullptr;
  MemoryBudget* ingest_memory = nullptr;
  MemoryBudget* tail_memory = nullptr;
  MemoryBudget* pipeline_memory = nullptr;
  MemoryBudget* encode_memory = nullptr;
  MetricRegistry* metrics = nullptr;
  FileSystem* files = nullptr;
};

class StreamRegistry final : public StreamHost, public IngestPort {
 public:
  explicit StreamRegistry(RegistryOptions options);
  ~StreamRegistry() override;  // StopAll()

  // StreamHost
  Status StartStream(StreamDefinitionPtr definition) override;
  Status ChangeStream(StreamDefinitionPtr definition) override;
  void RefuseStream(const std::string& name, std::string_view type, std::string_view why) override;
  void DeleteStream(StreamDefinitionPtr definition, std::function<void(Status)> done) override;

  // Removes what a crash left of deleted streams. Before streams are started.
  void RemoveDeleted();

  // Directories of logs that belong to none of these streams (their definition was lost): nothing is done
  // with them, and somebody should know.
  std::vector<std::string> UnknownLogs(const std::vector<StreamDefinitionPtr>& known) const;

  // IngestPort
  std::shared_ptr<StreamIntake> Find(std::string_view stream) const override;
  asio::awaitable<StatusOr<MemoryReservation>> Admit(uint64_t bytes) override;
  ArenaPool& arena_pool() override { return *options_.pool; }

  // Delivers what is in the logs, until `deadline`. Intakes are closed. True when nothing is left.
  bool DrainAll(absl::Time deadline);
  // Stops every stream's actors; what is undelivered stays in the logs. Returns when they are gone.
  void StopAll();

  // Sends what the log still holds again, beside live traffic. kNotFound: no such stream, or no such records;
  // kFailedPrecondition: the stream has a replay already; kResourceExhausted: the node has enough of them;
  // kUnavailable: the stream does not run; kInvalidArgument, kOutOfRange: says what is wrong with the request.
  // Blocks on the disk.
  StatusOr<ReplayReport> StartReplay(const std::string& stream, const ReplaySpec& spec);
  // Running ones and the last that ended, oldest first. kNotFound: no such stream.
  StatusOr<std::vector<ReplayReport>> Replays(const std::string& stream) const;
  // Attempts under way end first. Not an error when it has ended.
  StatusOr<ReplayReport> StopReplay(const std::string& stream, const std::string& id);

  std::vector<StreamReport> Report() const;
  bool disk_full() const { return disk_full_; }
  // Which bound that is, and how to mend it. For people; means something while disk_full().
  std::string WhyFull() const;

 private:
  using StreamPtr = std::shared_ptr<RunningStream>;

  // Runs `work` on the maintenance thread, where all changes happen one after the other, and waits.
  Status OnMaintenance(std::function<Status()> work);
  void Post(std::function<void()> work);
  StatusOr<StreamPtr> MakeStream(const StreamDefinitionPtr& definition,
                                 std::shared_ptr<IngestSlot> slot);
  Status OpenShard(RunningStream& stream);
  void Register(const StreamPtr& stream);
  void Launch(const StreamPtr& stream);
  BranchOptions AnyBranch(const RunningStream& stream) const;
  BranchOptions OwnBranch(const RunningStream& stream) const;
  BranchOptions BackupBranch(const RunningStream& stream) const;
  // stream_replay.cc
  StatusOr<StreamPtr> FindStream(const std::string& name) const;
  StatusOr<BranchOptions> ReplayBranch(const RunningStream& stream, const ReplaySpec& spec,
                                       const std::string& id) const;
  Status AdmitReplay(const ReplayPtr& replay);
  void ExpectReplaysEnd(const std::string& stream, std::string_view why) const;
  std::vector<ReplayPtr> ReplaysOf(const std::string& stream) const;
  void CheckDestination(const StreamPtr& stream);
  void End(const StreamPtr& stream, std::function<void()> then);
  void AwaitChange(const std::string& name) const;
  StreamPtr TakeOut(const std::string& name);
  void DrainThenDelete(const StreamPtr& stream, std::function<void(Status)> done);
  Status RemoveLog(const StreamDefinition& definition, std::optional<uint64_t> backlog_records);
  void Reopen(const StreamPtr& stream);
  bool OpenAgain(const StreamPtr& stream);
  Status OpenReleased(RunningStream& stream);
  void ShareWindows();
  void ExposeGauges(const StreamPtr& stream);
  StreamReport ReportOn(const RunningStream& stream) const;
  std::vector<std::string> LogDirectories() const;
  std::string StreamDirectory(const StreamDefinition& definition) const;
  std::vector<StreamPtr> Streams() const;
  size_t StreamCount() const;
  void Watch();
  void WatchOnce(bool trim);

  const RegistryOptions options_;
  const std::shared_ptr<Counter> dropped_records_;
  std::atomic<bool> disk_full_{false};
  std::atomic<uint64_t> disk_lacking_bytes_{0};  // to the reserve; 0: the quota is what is reached
  asio::thread_pool maintenance_{1};
  mutable absl::Mutex mutex_;
  absl::flat_hash_map<std::string, StreamPtr> streams_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<std::string, std::shared_ptr<StreamIntake>> refused_ ABSL_GUARDED_BY(mutex_);
  std::vector<StreamPtr> ending_ ABSL_GUARDED_BY(mutex_);  // stopped or deleted, actors still there
  std::vector<ReplayPtr> replays_ ABSL_GUARDED_BY(mutex_);  // of all streams, oldest first
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  uint64_t window_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  std::thread watcher_;
};

}  // namespace hydrant
