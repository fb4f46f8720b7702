// ToRequestJson: an entry of `streams:` as the JSON text of a CreateDeliveryStream request.
// Owner:   any thread
// Units:   plain scalars become numbers and booleans where JSON writes them so (12, 0.5, true), all
// else strings:
//          a quoted "12", 007, yes, an ARN, and whatever comes from {file: PATH}
// Errors:  appended to `errors`: duplicate keys, missing values, variables and files that cannot be
// read
#pragma once

#include "engine/config/config_error.h"
#include "engine/config/value_sources.h"
#include "engine/config/yaml_tree.h"

#include <string>
#include <utility>
#include <vector>

namespace hydrant {

struct RequestJson {
  std::string text;
  // What came from outside the file, with what stands there instead: to be taken out of messages.
  std::vector<std::pair<std::string, std::string>> substituted;
};

RequestJson ToRequestJson(const YamlNode& node, const std::string& path,
                          const ValueSources& sources, std::vector<ConfigError>& errors);

}  // namespace hydrant
