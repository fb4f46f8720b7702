// Any text as a configuration: no crash, no hang, and no secret in a message.
#include "engine/config/yaml_config.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using hydrant::ConfigSource;
  ConfigSource source;
  source.name = "fuzz.yaml";
  source.text.assign(reinterpret_cast<const char*>(data), size);
  // Of the input, so that no input holds its own: the fuzzer learns what strings are compared with.
  const std::string secret = "s3cr3t-" + std::to_string(std::hash<std::string>()(source.text));
  source.values.environment = [&](const std::string&) {
    return std::optional<std::string>(secret);
  };
  source.values.read_file = [&](const std::string&) {
    return hydrant::StatusOr<std::string>(secret);
  };
  for (const hydrant::ConfigError& error : hydrant::ReadConfig(source).errors) {
    if (hydrant::FormatConfigError(error).find(secret) != std::string::npos) std::abort();
  }
  source.overrides.push_back(std::move(source.text));
  source.text.clear();
  hydrant::ReadConfig(source);
  return 0;
}
