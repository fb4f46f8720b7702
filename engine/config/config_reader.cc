#include "engine/config/config_reader.h"

#include "engine/access/policy.h"
#include "engine/config/file_check.h"
#include "engine/config/nearest_name.h"
#include "engine/config/validate.h"

#include <set>

namespace hydrant {
namespace {

constexpr size_t kAccessKeysMax = 10'000;

using Kind = YamlNode::Kind;

std::string DidYouMean(std::string_view name) {
  return name.empty() ? "" : "did you mean \"" + std::string(name) + "\"?";
}

std::string Join(const std::string& prefix, std::string_view key) {
  return prefix.empty() ? std::string(key) : prefix + "." + std::string(key);
}

std::string_view LeafOf(std::string_view name) { return name.substr(name.rfind('.') + 1); }

// The first option of a group.
std::string_view FirstOf(std::string_view group) {
  for (const OptionRow& row : OptionRows()) {
    if (row.name.starts_with(std::string(group) + ".")) return row.name;
  }
  return {};
}

bool IsGroup(std::string_view path) { return !FirstOf(path).empty(); }

// The option's or group's name that somebody who wrote `path` most likely meant, or empty.
std::string_view NearestOption(std::string_view path) {
  std::vector<std::string_view> names;
  std::vector<std::string_view> same_leaf;
  for (const OptionRow& row : OptionRows()) {
    names.push_back(row.name);
    const size_t dot = row.name.find('.');
    if (dot != std::string_view::npos) names.push_back(row.name.substr(0, dot));
    if (LeafOf(row.name) == LeafOf(path)) same_leaf.push_back(row.name);
  }
  if (!same_leaf.empty()) return same_leaf.front();
  return NearestName(path, names);
}

// What the writer is shown of a value. What came from outside the file is shown as it was written
// there.
std::string Shown(const OptionRow& row, const YamlNode& node) {
  if (row.secret) return "(secret)";
  return node.kind == Kind::kScalar ? node.text : "";
}

std::string ChoiceMend(const OptionRow& row, std::string_view text) {
  return DidYouMean(NearestName(text, row.choices));
}

}  // namespace

void ConfigReader::Fail(YamlPlace place, std::string_view path, std::string_view value,
                        std::string_view rule, std::string_view mend) {
  errors_.push_back({source_, place.line, place.column, std::string(path), std::string(value),
                     std::string(rule), std::string(mend)});
}

void ConfigReader::ReadFile(const std::string& name, std::string_view text) {
  source_ = name;
  std::variant<YamlNode, YamlError> parsed = ParseYaml(text);
  if (const auto* error = std::get_if<YamlError>(&parsed)) {
    Fail(error->place, "", "", error->rule);
    return;
  }
  const YamlNode& root = std::get<YamlNode>(parsed);
  if (root.kind == Kind::kNull) return;
  if (root.kind != Kind::kMap) {
    Fail(root.place, "", "", "must be a map of settings, such as \"listen: 127.0.0.1:4573\"");
    return;
  }
  ReadMap(root, "");
}

void ConfigReader::ReadOverride(std::string_view assignment) {
  source_ = "--set";
  const size_t equals = assignment.find('=');
  if (equals == std::string_view::npos || equals == 0) {
    // Without a '=' nobody knows where a secret might begin: nothing of it is shown.
    Fail({}, "", "", "must be key=value", "write, for example, --set log.durability=os");
    return;
  }
  std::string path(assignment.substr(0, equals));
  while (path.size() > 1 && path.ends_with('.')) path.pop_back();
  if (IsGroup(path)) {
    Fail({}, path, "", "is a group of settings, which are set one by one",
         "write, for example, --set " + std::string(FirstOf(path)) + "=…");
    return;
  }
  const OptionRow* row = FindOption(path);
  if (row == nullptr) {
    FailUnknown({}, path);
    return;
  }
  ReadOverrideValue(*row, assignment.substr(equals + 1));
}

// A value is taken as it stands, "[::1]:4573" too: only lists, and {file: PATH}, are read as YAML.
void ConfigReader::ReadOverrideValue(const OptionRow& row, std::string_view text) {
  YamlNode node;
  node.kind = Kind::kScalar;
  node.text = text;
  const bool is_list = row.type == OptionType::kAccessKeys || row.type == OptionType::kStreams;
  if (text.starts_with('{') || (is_list && text.starts_with('['))) {
    std::variant<YamlNode, YamlError> parsed = ParseYaml(text);
    if (auto* yaml = std::get_if<YamlNode>(&parsed)) {
      node = std::move(*yaml);
      node.place = {};  // the command line has no lines
    } else if (is_list) {
      return Fail({}, row.name, "", std::get<YamlError>(parsed).rule);
    }
  }
  ReadOption(row, node);
}

void ConfigReader::ReadMap(const YamlNode& map, const std::string& prefix) {
  std::set<std::string_view> seen;
  for (const YamlEntry& entry : map.entries) {
    const std::string path = Join(prefix, entry.key);
    if (!seen.insert(entry.key).second) {
      Fail(entry.place, path, "", "is given twice", "keep one of the two");
      continue;
    }
    ReadEntry(entry, path);
  }
}

void ConfigReader::ReadEntry(const YamlEntry& entry, const std::string& path) {
  const bool dotted = entry.key.find('.') != std::string::npos;
  const OptionRow* row = FindOption(path);
  if (row != nullptr && dotted) {
    Fail(entry.place, path, "", "must be written in levels",
         "write \"" + path.substr(0, path.find('.')) + ":\", and \"" + std::string(LeafOf(path)) +
             ":\" indented below it");
  } else if (row != nullptr) {
    ReadOption(*row, entry.value);
  } else if (dotted || !IsGroup(path)) {
    FailUnknown(entry.place, path);
  } else if (entry.value.kind == Kind::kMap) {
    ReadMap(entry.value, path);
  } else if (entry.value.kind != Kind::kNull) {
    Fail(entry.value.place, path, "",
         "must be a map of settings, not " + std::string(entry.value.KindName()));
  }
}

void ConfigReader::FailUnknown(YamlPlace place, const std::string& path) {
  Fail(place, path, "", "is not a setting", DidYouMean(NearestOption(path)));
}

void ConfigReader::ReadOption(const OptionRow& row, const YamlNode& node) {
  origins_[std::string(row.name)] = {source_, node.place, std::nullopt};
  if (node.kind == Kind::kNull) {
    Fail(node.place, row.name, "", "has no value", "write one, or leave the line out");
  } else if (row.type == OptionType::kAccessKeys) {
    ReadAccessKeys(node);
  } else if (row.type == OptionType::kStreams) {
    ReadStreams(node);
  } else {
    ReadValue(row, node);
  }
}

void ConfigReader::ReadValue(const OptionRow& row, const YamlNode& node) {
  if (node.kind != Kind::kScalar && !IsFileReference(node)) {
    Fail(node.place, row.name, "", "must be one value, not " + std::string(node.KindName()));
    return;
  }
  const StatusOr<ResolvedText> resolved = ResolveNode(node, values_);
  if (!resolved.ok()) {
    Fail(node.place, row.name, Shown(row, node), Message(resolved.status()));
    return;
  }
  if (resolved->substituted) origins_[std::string(row.name)].written = Shown(row, node);
  const Status stored = SetOption(row, resolved->text, config_);
  if (stored.ok()) return;
  Fail(node.place, row.name, Shown(row, node), Message(stored),
       resolved->substituted ? "" : ChoiceMend(row, resolved->text));
}

void ConfigReader::ReadAccessKeys(const YamlNode& list) {
  if (list.kind != Kind::kList || list.items.size() > kAccessKeysMax) {
    Fail(list.place, "credentials", "", "must be a list of at most 10000 access keys",
         "write \"- access_key_id: …\" and \"  secret_access_key: …\" below it");
    return;
  }
  config_.credentials.clear();
  for (size_t i = 0; i < list.items.size(); ++i) {
    ReadAccessKey(list.items[i], "credentials[" + std::to_string(i) + "]");
  }
}

void ConfigReader::ReadAccessKey(const YamlNode& map, const std::string& path) {
  if (map.kind != Kind::kMap) {
    Fail(map.place, path, "", "must be a map of access_key_id and secret_access_key");
    return;
  }
  AccessKey key;
  std::set<std::string_view> seen;
  for (const YamlEntry& entry : map.entries) {
    const AccessKeyMember* found = nullptr;
    std::vector<std::string_view> names;
    for (const AccessKeyMember& member : AccessKeyMembers()) {
      names.push_back(member.name);
      if (member.name == entry.key) found = &member;
    }
    const std::string entry_path = Join(path, entry.key);
    if (found == nullptr) {
      Fail(entry.place, entry_path, "", "is not a setting",
           DidYouMean(NearestName(entry.key, names)));
    } else if (!seen.insert(entry.key).second) {
      Fail(entry.place, entry_path, "", "is given twice", "keep one of the two");
    } else {
      if (found->is_policy) {
        ReadPolicy(entry.value, entry_path, key.*(found->slot));
      } else {
        ReadAccessKeyMember(*found, entry.value, entry_path, key);
      }
    }
  }
  for (const AccessKeyMember& member : AccessKeyMembers()) {
    if (!member.required || seen.contains(member.name)) continue;
    Fail(map.place, path, "", "lacks " + std::string(member.name), "add it");
  }
  config_.credentials.push_back(std::move(key));
}

void ConfigReader::ReadAccessKeyMember(const AccessKeyMember& member, const YamlNode& node,
                                       const std::string& path, AccessKey& key) {
  origins_[path] = {source_, node.place, std::nullopt};
  const std::string_view shown = member.secret ? "(secret)" : std::string_view(node.text);
  if (node.kind != Kind::kScalar && !IsFileReference(node)) {
    Fail(node.place, path, "", "must be one value, not " + std::string(node.KindName()));
    return;
  }
  StatusOr<ResolvedText> resolved = ResolveNode(node, values_);
  if (!resolved.ok()) {
    Fail(node.place, path, shown, Message(resolved.status()));
    return;
  }
  if (resolved->substituted) origins_[path].written = shown;
  const std::string_view rule = member.broken_rule(resolved->text);
  if (!rule.empty()) Fail(node.place, path, shown, rule);
  key.*member.slot = std::move(resolved->text);
}

// A map in YAML, or the JSON text of one (from a file, most often).
void ConfigReader::ReadPolicy(const YamlNode& node, const std::string& path, std::string& policy) {
  origins_[path] = {source_, node.place, std::nullopt};
  if (node.kind == Kind::kScalar || IsFileReference(node)) {
    StatusOr<ResolvedText> resolved = ResolveNode(node, values_);
    if (!resolved.ok()) return Fail(node.place, path, "", Message(resolved.status()));
    policy = std::move(resolved->text);
  } else {
    std::vector<ConfigError> errors;
    policy = ToRequestJson(node, path, values_, errors).text;
    for (ConfigError& error : errors) {
      error.source = source_;
      errors_.push_back(std::move(error));
    }
    if (!errors.empty()) return;
  }
  const auto parsed = AccessPolicy::Parse(policy);
  const auto* problems = std::get_if<std::vector<PolicyProblem>>(&parsed);
  if (problems == nullptr) return;
  for (const PolicyProblem& problem : *problems) {
    const std::string at = problem.path.empty() ? path : path + "." + problem.path;
    Fail(node.place, at, "", problem.rule, problem.mend);
  }
}

void ConfigReader::ReadStreams(const YamlNode& list) {
  if (list.kind != Kind::kList) {
    Fail(list.place, "streams", "", "must be a list of CreateDeliveryStream requests",
         "write \"- DeliveryStreamName: …\" below it");
    return;
  }
  streams_.clear();
  config_.streams.clear();
  for (size_t i = 0; i < list.items.size(); ++i) {
    StreamEntry entry;
    entry.path = "streams[" + std::to_string(i) + "]";
    entry.source = source_;
    entry.node = list.items[i];
    std::vector<ConfigError> errors;
    entry.request = ToRequestJson(entry.node, entry.path, values_, errors);
    entry.converted = errors.empty();
    for (ConfigError& error : errors) {
      error.source = source_;
      errors_.push_back(std::move(error));
    }
    config_.streams.push_back(entry.request.text);
    streams_.push_back(std::move(entry));
  }
}

// Errors of settings, which do not know where those were set.
void ConfigReader::FailAll(std::vector<ConfigError> errors) {
  for (ConfigError& error : errors) {
    if (const auto origin = origins_.find(error.path); origin != origins_.end()) {
      error.source = origin->second.source;
      error.line = origin->second.place.line;
      error.column = origin->second.place.column;
      if (origin->second.written && !error.value.empty()) error.value = *origin->second.written;
    }
    errors_.push_back(std::move(error));
  }
}

void ConfigReader::CheckWhole(const StreamSupport& support, bool check_files) {
  FailAll(ValidateNode(config_));
  if (check_files) FailAll(ValidateFiles(config_));
  for (ConfigError& error : ValidateStreams(config_, streams_, support)) {
    errors_.push_back(std::move(error));
  }
}

}  // namespace hydrant
