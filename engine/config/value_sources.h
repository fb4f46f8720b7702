// ValueSources: where ${ENV_NAME} and {file: PATH} in a configuration get their text from.
// Owner:   any thread
// Units:   a file of at most 1 MiB
// Errors:  kInvalidArgument: an environment name that is not one, or not set; else what reading the
// file gave
#pragma once

#include "engine/base/status.h"
#include "engine/config/yaml_tree.h"

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace hydrant {

struct ValueSources {
  std::function<std::optional<std::string>(const std::string& name)> environment;
  std::function<StatusOr<std::string>(const std::string& path)> read_file;

  // The process's environment and files.
  static ValueSources System();
};

struct ResolvedText {
  std::string text;
  bool substituted = false;  // came from outside the file: it is never shown
};

// `text` with each ${NAME} replaced by that variable's value; $${ stands for ${ itself.
StatusOr<ResolvedText> ResolveVariables(std::string_view text, const ValueSources& sources);

// Whether the node is a map of exactly one key, `file`.
bool IsFileReference(const YamlNode& node);

// The text of a scalar or a file reference: variables replaced, a file's trailing newline stripped.
StatusOr<ResolvedText> ResolveNode(const YamlNode& node, const ValueSources& sources);

}  // namespace hydrant
