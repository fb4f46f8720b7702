// ConfigReader: walks a YAML tree by the option table and fills a NodeConfig. Inside of ReadConfig.
// Owner:   not thread-safe: caller serializes
#pragma once

#include "engine/config/config_error.h"
#include "engine/config/options.h"
#include "engine/config/stream_check.h"
#include "engine/config/value_sources.h"
#include "engine/config/yaml_tree.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hydrant {

class ConfigReader {
 public:
  explicit ConfigReader(const ValueSources& values) : values_(values) {}

  void ReadFile(const std::string& name, std::string_view text);
  void ReadOverride(std::string_view assignment);
  // The rules between options, the files they name if `check_files`, and the stream definitions;
  // then the errors are complete.
  void CheckWhole(const StreamSupport& support, bool check_files);

  NodeConfig TakeConfig() { return std::move(config_); }
  std::vector<ConfigError> TakeErrors() { return std::move(errors_); }

 private:
  struct Origin {
    std::string source;
    YamlPlace place;
    // A value from outside the file, as it was written there; nothing: the value is the file's own.
    std::optional<std::string> written;
  };

  void Fail(YamlPlace place, std::string_view path, std::string_view value, std::string_view rule,
            std::string_view mend = "");
  void ReadOverrideValue(const OptionRow& row, std::string_view text);
  void ReadMap(const YamlNode& map, const std::string& prefix);
  void ReadEntry(const YamlEntry& entry, const std::string& path);
  void FailUnknown(YamlPlace place, const std::string& path);
  void ReadOption(const OptionRow& row, const YamlNode& node);
  void ReadValue(const OptionRow& row, const YamlNode& node);
  void ReadAccessKeys(const YamlNode& list);
  void ReadAccessKey(const YamlNode& map, const std::string& path);
  void ReadAccessKeyMember(const AccessKeyMember& member, const YamlNode& node,
                           const std::string& path, AccessKey& key);
  void ReadPolicy(const YamlNode& node, const std::string& path, std::string& policy);
  void ReadStreams(const YamlNode& list);
  void FailAll(std::vector<ConfigError> errors);

  const ValueSources& values_;
  NodeConfig config_;
  std::vector<ConfigError> errors_;
  std::vector<StreamEntry> streams_;
  std::map<std::string, Origin, std::less<>> origins_;  // path to where it was set
  std::string source_;                                  // being read
};

}  // namespace hydrant
