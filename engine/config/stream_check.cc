#include "engine/config/stream_check.h"

#include "engine/config/nearest_name.h"
#include "engine/config/values.h"
#include "engine/stream/definition_parser.h"
#include "engine/stream/json_text.h"
#include "engine/stream/model.h"
#include "engine/stream/prefix.h"

#include <absl/strings/ascii.h>
#include <absl/strings/numbers.h>
#include <absl/strings/str_replace.h>
#include <absl/strings/str_split.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>

namespace hydrant {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kName = "DeliveryStreamName";
constexpr std::string_view kOwnKey = "Hydrant";
// How the model's rules begin: "Member must satisfy enum value set: [A, B]".
constexpr std::string_view kMemberWord = "Member ";
constexpr std::string_view kEnumRule = "must satisfy enum value set: [";
// Shorter substituted text is no secret, and taking it out would garble messages.
constexpr size_t kRedactedBytesMin = 6;

// What the model wants (WrongType::wanted), in words for a person who writes YAML.
struct TypeRow {
  std::string_view wanted;
  std::string_view rule;
  bool is_number = false;
};
constexpr TypeRow kTypes[] = {
    {"an Integer", "must be a whole number", true},
    {"a Double", "must be a number", true},
    {"a Timestamp", "must be a time as a number of seconds", true},
    {"a Boolean", "must be true or false"},
    {"a String", "must be one value, as text"},
    {"a Blob", "must be text in base64"},
    {"a list", "must be a list"},
    {"a map", "must be a map"},
    {"a structure", "must be a map"},
};

// Where a path of a message leads in the file.
struct Target {
  const YamlNode* node;  // the last one on the way that is there
  YamlPlace place;
  std::string path;
};

// Members begin with a small letter in the model's messages, with a capital in requests.
bool SameMember(std::string_view written, std::string_view asked) {
  return !written.empty() && written.size() == asked.size() &&
         absl::ascii_tolower(written[0]) == absl::ascii_tolower(asked[0]) &&
         written.substr(1) == asked.substr(1);
}

void StepIntoMember(Target& target, std::string_view name) {
  if (target.node != nullptr && target.node->kind == YamlNode::Kind::kMap) {
    for (const YamlEntry& entry : target.node->entries) {
      if (!SameMember(entry.key, name)) continue;
      target = {&entry.value, entry.place, target.path + "." + entry.key};
      return;
    }
  }
  target.node = nullptr;
  target.path += "." + std::string(1, absl::ascii_toupper(name[0])) + std::string(name.substr(1));
}

void StepIntoItem(Target& target, size_t index) {
  target.path += "[" + std::to_string(index) + "]";
  const bool there = target.node != nullptr && index < target.node->items.size();
  target.node = there ? &target.node->items[index] : nullptr;
  if (there) target.place = target.node->place;
}

// Follows "A.B[0].C", or as the model says it: "a.b.1.member.c", which counts from 1.
Target Follow(const StreamEntry& entry, std::string_view path) {
  Target target{&entry.node, entry.node.place, entry.path};
  const std::string dotted = absl::StrReplaceAll(ToAbsl(path), {{"[", ".["}, {"]", ""}});
  for (const absl::string_view step : absl::StrSplit(dotted, '.', absl::SkipEmpty())) {
    size_t number = 0;
    if (step[0] == '[' && absl::SimpleAtoi(step.substr(1), &number)) {
      StepIntoItem(target, number);
    } else if (absl::SimpleAtoi(step, &number) && number > 0) {
      StepIntoItem(target, number - 1);
    } else if (step != "member") {
      StepIntoMember(target, FromAbsl(step));
    }
  }
  return target;
}

// The rule without the member that it begins with, which the place names already.
std::string_view WithoutSubject(std::string_view rule, std::string_view path) {
  const std::string_view member = path.substr(path.rfind('.') + 1);  // npos + 1 is 0
  for (const std::string_view subject : {path, member}) {
    if (subject.empty() || !rule.starts_with(subject)) continue;
    const std::string_view rest = rule.substr(subject.size());
    if (!rest.starts_with(": ") && !rest.starts_with(' ')) continue;
    rule = rest.substr(rest.starts_with(": ") ? 2 : 1);
  }
  return rule;
}

// Text from outside the file as it stands in the file.
std::string Redact(std::string text, const StreamEntry& entry) {
  for (const auto& [substituted, written] : entry.request.substituted) {
    if (substituted.size() < kRedactedBytesMin) continue;
    text = absl::StrReplaceAll(text, {{substituted, written}});
  }
  return text;
}

class StreamChecker {
 public:
  StreamChecker(const StreamEntry& entry, std::vector<ConfigError>& errors)
      : entry_(entry), errors_(errors) {}

  void Check(const ParseOptions& options) {
    const std::optional<Json> request = ParseJsonText(entry_.request.text);
    if (!request || !request->is_object()) {
      Fail(Follow(entry_, ""), "", "must be a map in the shape of a CreateDeliveryStream request",
           "");
      return;
    }
    const ModelShape& shape = *FindModelShape("CreateDeliveryStreamInput");
    CheckMembers(shape, *request);
    const ModelCheck check = CheckModel(shape, *request, options.validation);
    for (const WrongType& wrong : check.wrong_types) FailType(wrong);
    for (const Violation& violation : check.violations) FailViolation(violation);
    CheckRules(*request, check, options);
  }

 private:
  void Fail(const Target& target, std::string value, std::string rule, std::string mend) {
    errors_.push_back({entry_.source, target.place.line, target.place.column, target.path,
                       Redact(std::move(value), entry_), Redact(std::move(rule), entry_),
                       std::move(mend)});
  }

  void CheckMembers(const ModelShape& shape, const Json& request) {
    for (const UnknownMember& unknown : UnknownMembers(shape, request)) {
      if (unknown.path == kOwnKey) continue;
      Fail(Follow(entry_, unknown.path), "", "is not known",
           unknown.nearest.empty() ? "" : "did you mean \"" + unknown.nearest + "\"?");
    }
  }

  void FailType(const WrongType& wrong) {
    const Target target = Follow(entry_, wrong.path);
    const auto row = std::find_if(std::begin(kTypes), std::end(kTypes),
                                  [&](const TypeRow& type) { return type.wanted == wrong.wanted; });
    const bool scalar = target.node != nullptr && target.node->kind == YamlNode::Kind::kScalar;
    const bool quoted_number = scalar && target.node->quoted && row->is_number &&
                               wrong.is == "STRING_VALUE" && ParseInteger(target.node->text).ok();
    Fail(target, scalar ? target.node->text : "", std::string(row->rule),
         quoted_number ? "write it without quotes" : "");
  }

  void FailViolation(const Violation& violation) {
    const Target target = Follow(entry_, violation.path);
    if (violation.value == "null") return Fail(target, "", "is required", "add it");
    std::string_view value = violation.value;
    if (value.size() >= 2 && value.front() == '\'') value = value.substr(1, value.size() - 2);
    std::string_view rule = violation.rule;
    if (rule.starts_with(kMemberWord)) rule.remove_prefix(kMemberWord.size());
    if (!rule.starts_with(kEnumRule) || !rule.ends_with(']')) {
      return Fail(target, std::string(value), std::string(rule), "");
    }
    rule = rule.substr(kEnumRule.size(), rule.size() - kEnumRule.size() - 1);
    std::vector<std::string_view> choices;
    for (const absl::string_view choice : absl::StrSplit(ToAbsl(rule), ", ")) {
      choices.push_back(FromAbsl(choice));
    }
    const std::string_view nearest = NearestName(value, choices);
    Fail(target, std::string(value), "must be one of " + std::string(rule),
         nearest.empty() ? "" : "did you mean \"" + std::string(nearest) + "\"?");
  }

  // What the model cannot say: rules between members, and what this build supports.
  void CheckRules(const Json& request, const ModelCheck& check, const ParseOptions& options) {
    for (const DefinitionProblem& problem : CheckDefinitionRules(request, check, options)) {
      std::string_view rule = problem.text;
      if (rule.starts_with(kPrefixRuleIntro)) rule.remove_prefix(kPrefixRuleIntro.size());
      Fail(Follow(entry_, problem.path), "", std::string(WithoutSubject(rule, problem.path)), "");
    }
  }

  const StreamEntry& entry_;
  std::vector<ConfigError>& errors_;
};

ConfigError ErrorAt(const StreamEntry& entry, YamlPlace place, std::string path, std::string value,
                    std::string rule, std::string mend) {
  return {entry.source,     place.line,      place.column,   std::move(path),
          std::move(value), std::move(rule), std::move(mend)};
}

void CheckNamesDiffer(std::span<const StreamEntry> entries, std::vector<ConfigError>& errors) {
  std::map<std::string_view, const StreamEntry*> seen;
  for (const StreamEntry& entry : entries) {
    const YamlNode* name = entry.node.Find(kName);
    if (name == nullptr || name->kind != YamlNode::Kind::kScalar) continue;
    const auto [first, added] = seen.emplace(name->text, &entry);
    if (added) continue;
    errors.push_back(ErrorAt(entry, name->place, entry.path + "." + std::string(kName), name->text,
                             "is the name of " + first->second->path + " too",
                             "give each stream its own name"));
  }
}

}  // namespace

std::vector<ConfigError> ValidateStreams(const NodeConfig& config,
                                         std::span<const StreamEntry> entries,
                                         const StreamSupport& support) {
  std::vector<ConfigError> errors;
  if (entries.size() > static_cast<size_t>(config.streams_max)) {
    errors.push_back(ErrorAt(entries.front(), entries.front().node.place, "streams", "",
                             "holds " + std::to_string(entries.size()) +
                                 " streams; limits.streams allows " +
                                 std::to_string(config.streams_max),
                             "raise limits.streams"));
    return errors;
  }
  const ParseOptions options{
      .region = config.region,
      .account_id = config.account_id,
      .validation = config.strict_validation ? Validation::kStrict : Validation::kRelaxed,
      .support = support,
      .config = &config};
  for (const StreamEntry& entry : entries) {
    if (entry.converted) StreamChecker(entry, errors).Check(options);
  }
  CheckNamesDiffer(entries, errors);
  return errors;
}

}  // namespace hydrant
