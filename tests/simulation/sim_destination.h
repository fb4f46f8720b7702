// SimDestination: a store that answers as stores do on bad days, and the sink that writes to it: a bucket of objects,
// where a put overwrites; one that keeps records, and tells of each; or an error output.
// What it stores it tells the model; it outlives the nodes that write to it.
// Owner:   one thread
// Units:   chances from 0 to 1, of each attempt
#pragma once

#include "engine/component.h"
#include "tests/simulation/model.h"
#include "tests/simulation/plants.h"
#include "tests/simulation/rng.h"
#include "tests/simulation/virtual_time.h"

#include <memory>
#include <string>
#include <vector>

namespace hydrant::simulation {

// How it behaves at the moment; all zero: it is well.
struct Temper {
  bool away = false;         // nobody answers, and hardly anything arrives
  double refuses = 0;        // 5xx, nothing stored
  double throttles = 0;      // 503 and 429, sometimes with Retry-After
  double forbids = 0;        // what passes only when somebody acts
  double rejects = 0;        // "never": the answer of a store that does not like the object
  double partly = 0;         // some records are taken, some rejected, some to be sent again
  double drops_answer = 0;   // stored, then a time-out
  double arrives_late = 0;   // a time-out, and stored long after it
  double arrives_twice = 0;  // stored, and once more after the answer
  double hangs = 0;          // no answer for minutes
  absl::Duration latency_max = absl::Milliseconds(100);
};

class SimDestination {
 public:
  // `timers` are the world's.
  SimDestination(Place place, int number, bool keeps_records, TimerQueue& timers, Model& model,
                 Trace& trace, Rng rng)
      : place_(place),
        number_(number),
        keeps_records_(keeps_records),
        timers_(timers),
        model_(model),
        trace_(trace),
        rng_(rng) {}

  void SetTemper(Temper temper) { temper_ = temper; }
  bool keeps_records() const { return keeps_records_; }
  bool keeps_errors() const { return number_ == kErrorOutput; }
  std::string Name() const;

  // One attempt. `client` are the timers of the process that waits for the answer.
  asio::awaitable<DeliveryOutcome> Put(TimerQueue& client, std::string chunk, std::string name,
                                       std::string body);
  asio::awaitable<Status> Probe(TimerQueue& client);
  void Crashes(const std::string& chunk) { model_.Crashes(place_, chunk); }

 private:
  struct Plan {
    DeliveryOutcome outcome;
    absl::Duration answer_after;
    absl::Duration stored_after = absl::InfiniteDuration();
    absl::Duration again_after = absl::InfiniteDuration();
    bool needs_sender = false;    // it is not stored when the sender dies before
    std::vector<uint32_t> taken;  // where some are not
  };
  Plan Decide(size_t records);
  void DecideFailure(Plan& plan);
  void DecideRecords(Plan& plan, size_t records);
  void StoreLater(absl::Duration delay, const Plan& plan, const std::shared_ptr<const Sent>& sent,
                  const std::weak_ptr<const bool>& sender, bool needs_sender);

  const Place place_;
  const int number_;
  const bool keeps_records_;
  TimerQueue& timers_;
  Model& model_;
  Trace& trace_;
  Rng rng_;
  Temper temper_;
};

// How a stream's sink makes its objects.
struct SinkPlan {
  size_t name_bytes = 0;      // names are filled up to it
  bool copies = false;        // encodes into memory of its own, as compression does
  double throws = 0;          // chance that encoding throws, as a bug would
  uint32_t poison_every = 0;  // it always throws on a chunk that holds such a record; 0: on none
};

// Whether a component always fails on that record.
inline bool IsPoison(uint32_t number, uint32_t every) {
  return every > 0 && number != kNoRecord && number % every == every - 1;
}

class SimSink final : public Sink {
 public:
  SimSink(SimDestination& destination, TimerQueue& client, const SinkPlan& plan, Plant plant,
          Rng rng)
      : destination_(destination), client_(client), plan_(plan), plant_(plant), rng_(rng) {}

  std::string NameChunk(const ChunkSeal& seal) const override;
  StatusOr<Payload> Encode(const Chunk& chunk) const override;
  asio::awaitable<DeliveryOutcome> Deliver(const Delivery& delivery) override;
  asio::awaitable<Status> Probe() override { return destination_.Probe(client_); }
  std::string Describe() const override { return destination_.Name(); }

 private:
  StatusOr<Payload> TryEncode(const Chunk& chunk) const;

  SimDestination& destination_;
  TimerQueue& client_;
  const SinkPlan& plan_;
  const Plant plant_;
  mutable Rng rng_;
};

}  // namespace hydrant::simulation
