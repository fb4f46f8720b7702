// StreamSupervisor: keeps one stream's actors running: its ingest, its branches, its replays.
// Role:    spawns them; spawns ingest anew when it crashes; ends all of them together. What a branch does with its
//          records is the branch's own business.
// Spawned: by the node, one a stream.
// Bound:   a few messages of the registry.
// On death: its actors end with it and the shard is marked as failed, so that the node opens log and ledgers
//          again and spawns another; they hold everything.
#pragma once

#include "actors/branch.h"
#include "actors/caf_types.h"
#include "actors/ingest.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace hydrant {

// Deliver what is in the log, without waiting for size or interval, then call `drained` once.
struct DrainStream {
  std::function<void()> drained;
};
// Deliver no more, then call `ended` once: attempts under way end first, for a while. Records are taken all along, until
// the stream is stopped.
struct EndDelivery {
  std::function<void()> ended;
};
// Stop; what is undelivered stays in the log. `stopped` is called when no actor of the stream uses its log and
// ledgers any more.
struct EndStream {
  std::function<void()> stopped;
};
// A branch beside the others, with a ledger of its own, that ends when it has read all it is to read.
struct StartReplay {
  BranchOptions branch;
  std::function<void()> ended;  // also when the stream ends before
};
struct StopReplay {
  std::string name;  // the branch's
};
// Retention goes by the clock: now and then, even when nothing is delivered.
struct TrimLog {};

using StreamSupervisor = caf::typed_actor<caf::reacts_to<DrainStream>, caf::reacts_to<EndDelivery>,
                                          caf::reacts_to<EndStream>, caf::reacts_to<StartReplay>,
                                          caf::reacts_to<StopReplay>, caf::reacts_to<SetWindow>,
                                          caf::reacts_to<TrimLog>>;

struct StreamOptions {
  // The stream's own, then its backup when it has one.
  std::vector<BranchOptions> branches;
  std::shared_ptr<IngestSlot> ingest;  // filled by the supervisor
};

StreamSupervisor SpawnStreamSupervisor(caf::actor_system& system, StreamOptions options);

}  // namespace hydrant

HYDRANT_MESSAGE(DrainStream)
HYDRANT_MESSAGE(EndDelivery)
HYDRANT_MESSAGE(EndStream)
HYDRANT_MESSAGE(StartReplay)
HYDRANT_MESSAGE(StopReplay)
HYDRANT_MESSAGE(TrimLog)
