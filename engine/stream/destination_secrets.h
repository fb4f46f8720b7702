// Secrets of destinations: where they stand in a CreateDeliveryStream request. Descriptions leave them out (Splunk's
// token apart), so whoever makes a stream of a description must get them from elsewhere.
// Owner:   any thread; pure
// Source:  firehose 2015-08-04 service model: members of …DestinationConfiguration that …DestinationDescription lacks
#pragma once

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace hydrant {

struct SecretPlace {
  nlohmann::ordered_json::json_pointer at;
  std::string path;  // for people: "SplunkDestinationConfiguration.HECToken"
  // For names of variables: {"HEC", "TOKEN"}, {"FAILOVER", "1", "PASSWORD"}.
  std::vector<std::string> words;
  bool optional = false;  // a stream may do without it
};

// Of the stream's destination and those of its failover, whether they are given or not. A destination whose secrets
// are in AWS Secrets Manager has none here.
std::vector<SecretPlace> SecretPlaces(const nlohmann::ordered_json& request);

void RemoveSecrets(nlohmann::ordered_json& request);

}  // namespace hydrant
