// ConfigError: one thing wrong in a configuration, with all that its writer needs to mend it.
// Owner:   plain data
#pragma once

#include <string>
#include <vector>

namespace hydrant {

struct ConfigError {
  std::string source;  // "hydrant.yaml", "--set"
  int line = 0;        // from 1; 0: no place in a file
  int column = 0;
  std::string path;   // "log.durability", "streams[2].DeliveryStreamName"; empty: the whole file
  std::string value;  // as written, "(secret)" for a secret; empty: nothing worth showing
  std::string rule;   // "must be one of fsync, os, memory"
  std::string mend;   // "did you mean \"fsync\"?"; empty when the rule says it all

  friend bool operator==(const ConfigError&, const ConfigError&) = default;
};

// hydrant.yaml:3:15: log.durability: "fsnc" must be one of fsync, os, memory; did you mean "fsync"?
std::string FormatConfigError(const ConfigError& error);

}  // namespace hydrant
