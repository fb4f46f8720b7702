// ParseStreamDefinition: a CreateDeliveryStream request to a checked definition with its defaults.
// Owner:   any thread; pure
// Errors:  SerializationException (JSON of a wrong type), ValidationException (the model),
//          InvalidArgumentException (rules beyond the model: every one that is broken, in one
//          message)
// Source:  firehose 2015-08-04 service model; developer guide "s3-prefixes", "create-destination",
//          "create-configure", "dynamic-partitioning", "data-transformation"
#pragma once

#include "engine/stream/api_error.h"
#include "engine/stream/model.h"
#include "engine/stream/stream_definition.h"

#include <absl/time/time.h>
#include <nlohmann/json.hpp>

#include <functional>
#include <string>
#include <string_view>
#include <variant>

namespace hydrant {

struct ParseOptions {
  std::string region = "us-east-1";
  std::string account_id = "000000000000";
  Validation validation = Validation::kRelaxed;
  absl::Time now;
  // Whether this build has a transform for a processor type. Unset: none.
  std::function<bool(std::string_view processor_type)> has_processor;
};

// The definition lacks `incarnation`: whoever creates the stream gives it one.
std::variant<StreamDefinition, ApiError> ParseStreamDefinition(const nlohmann::json& request,
                                                               const ParseOptions& options);

// The member of CreateDeliveryStream that configures the stream's destination
// ("ExtendedS3DestinationConfiguration"), of a request that was parsed.
std::string DestinationMember(const nlohmann::json& request);

std::string StreamArn(std::string_view region, std::string_view account_id, std::string_view name);

}  // namespace hydrant
