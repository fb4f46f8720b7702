// StreamRoutes: every sink that a stream sends to.
// Owner:   plain data; its sinks are shared
// Errors:  kUnimplemented: this build has no sink for a destination of the stream
#pragma once

#include "actors/branch.h"
#include "engine/base/status.h"
#include "engine/component.h"

#include <memory>
#include <vector>

namespace hydrant {

struct StreamRoutes {
  // The stream's own, then those of its failover.
  std::vector<Destination> destinations;
  std::shared_ptr<Sink> errors;
  // Of the backup of all records; null when there is none.
  std::shared_ptr<Sink> backup;
};

StatusOr<StreamRoutes> MakeStreamRoutes(const StreamDefinition& definition,
                                        const SinkContext& context);

}  // namespace hydrant
