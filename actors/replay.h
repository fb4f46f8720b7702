// Replay: one replay of a stream, from its start to its report.
// Owner:   any thread
// Units:   positions; record bytes, before compression
#pragma once

#include "actors/shard.h"
#include "actors/stream_probe.h"
#include "engine/base/clock.h"
#include "engine/stream/replay_range.h"

#include <absl/synchronization/mutex.h>
#include <absl/time/time.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace hydrant {

enum class ReplayState { kPlanned, kRunning, kDone, kStopped, kFailed };
std::string_view ReplayStateName(ReplayState state);  // "planned", …

struct ReplayReport {
  std::string id;  // in the names of its objects; empty when it was only planned
  std::string stream;
  ReplayState state = ReplayState::kPlanned;
  std::string detail;  // why it was stopped or failed
  std::string destination;
  ReplayRange range;
  uint64_t bytes_per_second_max = ReplaySpec::kNoBound;
  uint64_t expected_objects = 0;  // roughly
  Position reached;               // every record below it is settled
  uint64_t delivered_records = 0;
  uint64_t delivered_bytes = 0;
  uint64_t given_up_records = 0;  // they went to the error output
  uint64_t missed_records = 0;    // the log no longer held them when it was their turn
  absl::Time started = absl::InfinitePast();
  absl::Time ended = absl::InfiniteFuture();
  std::string last_error;  // of the destination, while attempts fail
};

class Replay {
 public:
  // `plan`: what is known at the start. `ledger`: the replay's own. `probe`: of the stream's replays.
  Replay(ReplayReport plan, ShardLedgerPtr ledger, std::shared_ptr<StreamProbe> probe,
         const Clock& clock);

  ReplayReport Report() const;
  const std::string& branch_name() const { return branch_name_; }
  // What is said should it end before everything is settled. The first reason holds.
  void ExpectEnd(std::string_view why);
  // No actor of it is left: the log need keep nothing for it.
  void Ended();
  bool has_ended() const;

 private:
  void Observe(ReplayReport& report) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::string branch_name_;
  const std::shared_ptr<StreamProbe> probe_;
  const Clock& clock_;
  // The probe counts for all replays of the stream, one after the other.
  const uint64_t delivered_records_before_;
  const uint64_t delivered_bytes_before_;
  const uint64_t given_up_before_;
  mutable absl::Mutex mutex_;
  ReplayReport report_ ABSL_GUARDED_BY(mutex_);
  ShardLedgerPtr ledger_ ABSL_GUARDED_BY(mutex_);  // null: it has ended
  std::string why_ ABSL_GUARDED_BY(mutex_);
};
using ReplayPtr = std::shared_ptr<Replay>;

}  // namespace hydrant
