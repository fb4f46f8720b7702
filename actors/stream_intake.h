// LocalIntake: StreamIntake of a stream that this node owns: hands batches to its ingest actor.
// Owner:   any thread
#pragma once

#include "actors/ingest.h"
#include "engine/component.h"

#include <atomic>
#include <memory>
#include <string>

namespace hydrant {

class LocalIntake final : public StreamIntake {
 public:
  LocalIntake(StreamDefinitionPtr definition, std::string record_id_prefix,
              std::shared_ptr<IngestSlot> slot, const std::atomic<bool>& disk_full)
      : definition_(std::move(definition)),
        record_id_prefix_(std::move(record_id_prefix)),
        slot_(std::move(slot)),
        disk_full_(disk_full) {}

  const StreamDefinition& definition() const override { return *definition_; }
  std::string_view record_id_prefix() const override { return record_id_prefix_; }
  void Append(std::unique_ptr<RecordBatch> batch, MemoryReservation reservation,
              AppendDone done) override;

 private:
  const StreamDefinitionPtr definition_;
  const std::string record_id_prefix_;
  const std::shared_ptr<IngestSlot> slot_;
  const std::atomic<bool>& disk_full_;  // the node's log quota is reached
};

}  // namespace hydrant
