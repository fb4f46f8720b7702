// Exported: definitions of streams written for another program, and what its user must know of them.
// Owner:   plain data
#pragma once

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace hydrant {

// CreateDeliveryStream requests, our key `Hydrant` included. Secrets that they hold are never written.
using StreamRequests = std::vector<nlohmann::ordered_json>;

struct SecretToFill {
  std::string name;  // of the variable or parameter that stands for it
  std::string stream;
  std::string path;       // "SplunkDestinationConfiguration.HECToken"
  bool optional = false;  // the stream may have none: then its line is to be removed
};

struct Exported {
  std::string text;
  std::vector<SecretToFill> secrets;
  // What the form can't say, each with its stream and name.
  std::vector<std::string> remarks;
};

}  // namespace hydrant
