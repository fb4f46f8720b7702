// What DescribeDeliveryStream says of a stream, with every default that AWS fills in and no secret.
// Owner:   any thread; pure
// Units:   timestamps in epoch seconds with a fraction
// Source:  firehose 2015-08-04 service model (DeliveryStreamDescription)
#pragma once

#include "engine/stream/stream_definition.h"

#include <nlohmann/json.hpp>

namespace hydrant {

inline constexpr std::string_view kDestinationId = "destinationId-000000000001";

// The value of `DeliveryStreamDescription`.
nlohmann::ordered_json DescribeStream(const StreamDefinition& definition);

// What stands under the stream's key `Hydrant`, by its documented names and without secrets: no part of Firehose's
// description. An empty object where there is nothing.
nlohmann::ordered_json DescribeHydrantSettings(const StreamDefinition& definition);

}  // namespace hydrant
