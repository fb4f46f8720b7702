#include "actors/stream_intake.h"

#include <utility>

namespace hydrant {

void LocalIntake::Append(std::unique_ptr<RecordBatch> batch, MemoryReservation reservation,
                         AppendDone done) {
  if (disk_full_.load(std::memory_order_relaxed)) {
    done(ResourceExhausted("The node's log quota is reached or its disk is full."));
    return;
  }
  slot_->Send(
      std::make_shared<IngestWork>(std::move(batch), std::move(reservation), std::move(done)));
}

}  // namespace hydrant
