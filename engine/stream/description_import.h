// ImportDescription: the CreateDeliveryStream request that makes a stream like a described one: DescribeStream backwards.
// Owner:   any thread; pure
// Errors:  kInvalidArgument: it is no description of a stream, or holds what no request may; says which member
// Source:  firehose 2015-08-04 service model (DeliveryStreamDescription, CreateDeliveryStreamInput)
#pragma once

#include "engine/base/status.h"

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace hydrant {

struct ImportedStream {
  // Members in the model's order. Tags and secrets, which descriptions lack, are not there (destination_secrets.h
  // knows where they belong).
  nlohmann::ordered_json request;
  // What of the description the request does not say, for people.
  std::vector<std::string> remarks;
};

// `description`: the value of DeliveryStreamDescription, as hydrant or AWS gives it; its times may be numbers or texts.
StatusOr<ImportedStream> ImportDescription(const nlohmann::json& description);

// The request as its stream's description would give it back: with every default, without secrets and tags, so that two
// can be compared. What ImportDescription returned, or a request that a node took.
StatusOr<nlohmann::ordered_json> ComparableRequest(const nlohmann::json& request);

}  // namespace hydrant
