#include "actors/stream_routes.h"

#include "engine/build_support.h"
#include "engine/stream/delivery_rules.h"

#include <string>
#include <utility>

namespace hydrant {
namespace {

StatusOr<std::shared_ptr<Sink>> MakeSink(const StreamDefinition& definition,
                                         const SinkContext& context) {
  const SinkSpec* spec = FindSinkSpec(definition, *context.config);
  if (spec == nullptr) {
    return absl::UnimplementedError("This build has no sink for the stream's destination.");
  }
  ASSIGN_OR_RETURN(std::unique_ptr<Sink> sink, spec->create(definition, context));
  return std::shared_ptr<Sink>(std::move(sink));
}

StatusOr<Destination> MakeDestination(const StreamDefinition& definition,
                                      const SinkContext& context) {
  Destination destination;
  ASSIGN_OR_RETURN(destination.sink, MakeSink(definition, context));
  destination.retry = RetryPolicyFor(definition);
  destination.failure_type = ErrorOutputType(definition.family);
  return destination;
}

}  // namespace

StatusOr<StreamRoutes> MakeStreamRoutes(const StreamDefinition& definition,
                                        const SinkContext& context) {
  StreamRoutes routes;
  ASSIGN_OR_RETURN(Destination own, MakeDestination(definition, context));
  routes.destinations.push_back(std::move(own));
  for (const auto& further : definition.failover.destinations) {
    ASSIGN_OR_RETURN(Destination destination, MakeDestination(*further, context));
    routes.destinations.push_back(std::move(destination));
  }
  if (definition.family == DestinationFamily::kS3) {
    routes.errors = routes.destinations.front().sink;
  } else {
    // The bucket beside another destination.
    StreamDefinition bucket = definition;
    bucket.family = DestinationFamily::kS3;
    ASSIGN_OR_RETURN(routes.errors, MakeSink(bucket, context));
  }
  if (definition.backup) {
    ASSIGN_OR_RETURN(routes.backup, MakeSink(*definition.backup, context));
  }
  return routes;
}

}  // namespace hydrant
