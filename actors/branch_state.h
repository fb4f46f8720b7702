// BranchState: what a branch knows and does. Private to branch*.cc: branch.cc builds and ends the pipeline,
// branch_outcomes.cc follows chunks to their end, branch_policies.cc applies failover and scaling.
#pragma once

#include "actors/attempts.h"
#include "actors/branch.h"
#include "actors/buffer.h"
#include "actors/delivery.h"
#include "actors/feed.h"
#include "actors/transformer.h"
#include "engine/delivery/failover_policy.h"
#include "engine/delivery/outcome_policy.h"
#include "engine/delivery/scale_policy.h"

#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace hydrant {

struct Pipeline {
  Buffer buffer;
  std::vector<Transformer> transformers;
  Feed feed;
  std::vector<DeliveryWorker> workers;
  size_t next_worker = 0;
  // Batches that are with the transformers.
  std::shared_ptr<std::atomic<int>> transforming = std::make_shared<std::atomic<int>>(0);
  // The buffer has a chunk to seal, and must not: as many as may be under way are.
  std::shared_ptr<std::atomic<bool>> seal_waits = std::make_shared<std::atomic<bool>>(false);
};

// A chunk whose end is decided: what the ledger is told, and what is read from the log again then.
struct ChunkEnd {
  LedgerEntry entry;
  ReadAgain again;
};

// A chunk, or what is left of it, on its way through the feed.
struct ReturningChunk {
  ChunkHistory history;
  absl::Time due = absl::InfinitePast();
  bool asked = false;  // to wait that long, by the destination
  // Since when it could have been tried, if not since its arrival: another destination has taken over.
  absl::Time waiting_since = absl::InfinitePast();
};

// Of the scaling interval under way.
struct DeliverySample {
  int ticks = 0;
  double busy = 0;  // sum over the ticks
  int throttled = 0;
  int finished = 0;
  absl::Duration latencies = absl::ZeroDuration();    // sum of those that finished
  absl::Duration backlog_age = absl::ZeroDuration();  // at the end of the interval before

  void Add(const DeliveryOutcome& outcome, absl::Duration elapsed) {
    if (outcome.throttled) ++throttled;
    if (outcome.kind != OutcomeKind::kDelivered) return;
    ++finished;
    latencies += elapsed;
  }
};

// What is known of a destination by probes alone.
struct Probing {
  absl::Time well_since = absl::InfiniteFuture();
  bool under_way = false;
  bool refused = false;  // for want of a permission; told once
  absl::Time next = absl::InfinitePast();
};

struct BranchState {
  BranchState() {}
  ~BranchState();
  static inline const char* name = "hydrant.branch";

  Branch::pointer self = nullptr;
  BranchOptions options;
  std::unique_ptr<Pipeline> pipeline;  // null while it is being (re)built
  uint64_t generation = 0;             // of the pipeline
  // Sealed, not ended.
  absl::flat_hash_set<ChunkWorkPtr> chunks;
  absl::flat_hash_map<ChunkWorkPtr, ChunkEnd> ends;
  absl::flat_hash_map<std::string, ReturningChunk> returning;  // by id
  // One for each destination, then the error output's. Of the pipeline.
  std::vector<Attempts> attempts;
  absl::Time attempts_timer = absl::InfiniteFuture();
  size_t children_alive = 0;
  int restarts_in_a_row = 0;
  bool starting = false;
  bool draining = false;
  bool ticking = false;
  std::function<void()> drained;               // set: somebody waits for it
  std::vector<std::function<void()>> stopped;  // not empty: stopping

  std::optional<FailoverPolicy> failover;
  uint32_t active = 0;          // destination that chunks are made for
  std::vector<Probing> probes;  // one for each destination, when there are several
  // What was elsewhere before the pipeline was built waits until the destination is seen to be well.
  bool copy_pending = false;
  PositionRanges copied;  // of what is elsewhere: read again, and in no chunk yet
  std::optional<ScalePolicy> delivery_scale;
  std::optional<ScalePolicy> transform_scale;
  DeliverySample deliveries;

  bool stopping() const { return !stopped.empty(); }
  size_t error_lane() const { return options.destinations.size(); }
  size_t LaneOf(const ChunkWork& work) const {
    return work.holds_errors() ? error_lane() : work.seal.destination;
  }
  absl::Time Now() const;

  // branch.cc
  void StartPipeline();
  std::vector<RerouteChunk> Rename(const LedgerState& ledger) const;
  void WriteNames(const std::vector<RerouteChunk>& names);
  void BuildPipeline(LedgerState ledger);
  void RememberHistories(const std::vector<ChunkSeal>& open_chunks);
  void TearDown();
  void ChildDown(const caf::down_msg& down);
  void RebuildPipeline();
  void ScheduleRestart();
  void Drain(DrainBranch& drain);
  void ApplyDraining();
  void Drained();
  void End(EndBranch& stop);
  bool IsBusy() const;
  void EndIfStopped();
  Transformer MakeTransformer();
  template <typename Handle>
  Handle Adopt(Handle child) {
    self->monitor(child);
    ++children_alive;
    return child;
  }

  // branch_outcomes.cc
  void Ready(const ChunkWorkPtr& work);
  void NoteCopies(ChunkWork& work);
  void StartDue();
  void StartAttempt(const ChunkWorkPtr& work);
  void Finished(const DeliveryFinished& finished);
  void NoteOutcome(size_t lane, ChunkWork& work, const DeliveryOutcome& outcome);
  void Delivered(const ChunkWorkPtr& work, absl::Duration elapsed);
  void Failed(const ChunkWorkPtr& work, const DeliveryOutcome& outcome);
  void Wait(const ChunkWorkPtr& work, const DeliveryOutcome& outcome, absl::Duration delay);
  void Split(const ChunkWorkPtr& work, const ChunkDecision& decision, bool asked);
  void Expire(const ChunkWorkPtr& work);
  void Reroute(const ChunkWorkPtr& work);
  void EndChunk(const ChunkWorkPtr& work, ChunkEnd end);
  void WriteEnd(const ChunkWorkPtr& work);
  void Forget(const ChunkWorkPtr& work);
  void GiveUpBatch(const Quarantine& quarantine);
  void Settle(const LedgerEntry& entry);
  void LeaveCopies(const ChunkWorkPtr& work);
  void UpdateOldest();
  void ObserveBreaker();

  // branch_policies.cc
  void StartPolicies();
  void KeepTicking();
  void OnTick();
  void Failover();
  void UseOther(uint32_t destination, const std::string& reason);
  void ProbeOthers();
  void SetCopying(bool copying);
  void Forgotten(const PositionRanges& records);
  void CopyBack();
  bool IsElsewhere(const ChunkSeal& seal) const;
  void TakeUpElsewhere(const PositionRanges& elsewhere);
  void Probed(const DestinationProbed& probed);
  bool IsLeft(size_t lane) const;
  void ScaleDelivery();
  void ScaleTransforms();
  void SetDeliveryWorkers(int count);
};

}  // namespace hydrant
