// Any text as a configuration: no crash, no hang, and no secret in a message.
#include "engine/config/yaml_config.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using hydrant::ConfigSource;
  constexpr char kSecret[] = "7h3-s3cr3t-0f-7h3-n0d3";
  ConfigSource source;
  source.name = "fuzz.yaml";
  source.text.assign(reinterpret_cast<const char*>(data), size);
  source.values.environment = [&](const std::string&) {
    return std::optional<std::string>(kSecret);
  };
  source.values.read_file = [&](const std::string&) {
    return hydrant::StatusOr<std::string>(kSecret);
  };
  for (const hydrant::ConfigError& error : hydrant::ReadConfig(source).errors) {
    if (hydrant::FormatConfigError(error).find(kSecret) != std::string::npos) std::abort();
  }
  source.overrides.push_back(std::move(source.text));
  source.text.clear();
  hydrant::ReadConfig(source);
  return 0;
}
