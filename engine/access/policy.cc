#include "engine/access/policy.h"

#include "engine/base/status.h"
#include "engine/stream/json_text.h"
#include "engine/stream/model.h"

#include <absl/strings/ascii.h>
#include <absl/strings/str_cat.h>

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

namespace hydrant {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kServicePrefix = "firehose:";
constexpr size_t kShownMax = 200;  // of a text in a problem

std::string Shown(const Json& value) {
  const std::string text = value.is_string() ? value.get<std::string>() : value.dump();
  return "'" + text.substr(0, kShownMax) + "'";
}
std::string Lower(std::string_view text) { return absl::AsciiStrToLower(ToAbsl(text)); }

// Of two equal keys JSON's readers take either; a policy must mean one thing.
bool HasRepeatedKeys(std::string_view text) {
  std::vector<std::set<std::string>> open;
  bool repeated = false;
  const auto watch = [&](int, Json::parse_event_t event, Json& parsed) {
    if (event == Json::parse_event_t::object_start) open.emplace_back();
    if (event == Json::parse_event_t::key) {
      repeated |= !open.back().insert(parsed.get<std::string>()).second;
    }
    if (event == Json::parse_event_t::object_end) open.pop_back();
    return true;
  };
  const Json parsed = Json::parse(text, watch, /*allow_exceptions=*/false);
  return repeated || parsed.is_discarded();
}

std::string_view BrokenActionRule(std::string_view action) {
  if (action == "*") return "";
  const size_t colon = action.find(':');
  if (colon == action.npos || colon == 0 || colon + 1 == action.size()) {
    return "must be SERVICE:ACTION, or *";
  }
  const std::string lower = Lower(action);
  if (!lower.starts_with(kServicePrefix)) return "";  // another service's
  for (const ModelOperation& operation : ModelOperations()) {
    if (MatchesWildcards(Lower(operation.name), lower.substr(kServicePrefix.size()))) return "";
  }
  return "names no action of Firehose";
}

// arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE. A part that ends in * may stand for those behind it, too;
// anything else that is too short for an ARN matches none: a Deny of it would deny nothing.
bool CanMatchAnArn(std::string_view pattern) {
  if (pattern == "*") return true;
  if (!pattern.starts_with("arn:")) return false;
  const bool spans = pattern.ends_with('*') || pattern.find("*:") != pattern.npos;
  return spans || std::count(pattern.begin(), pattern.end(), ':') >= 5;
}

std::string_view BrokenResourceRule(std::string_view resource) {
  if (CanMatchAnArn(resource)) return "";
  return "must be an ARN with all its six parts, or *";
}

std::string_view UnsupportedRule(std::string_view key) {
  if (key == "Condition") return "is not supported: no condition would be checked";
  if (key == "Principal" || key == "NotPrincipal") {
    return "is not supported: the policy is for the key that it stands with";
  }
  return "is not a member of a policy's statement";
}

}  // namespace

bool MatchesWildcards(std::string_view text, std::string_view pattern) {
  size_t t = 0;
  size_t p = 0;
  size_t star = pattern.npos;  // the last * that was passed, and what it has taken up to
  size_t taken = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      taken = t;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
      ++p;
      ++t;
    } else if (star != pattern.npos) {
      p = star + 1;
      t = ++taken;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

class PolicyParser {
 public:
  void ReadPolicy(const Json& json) {
    if (!json.is_object()) return Fail("", "must be a map with Version and Statement");
    for (const auto& [key, value] : json.items()) {
      if (key == "Version") {
        ReadVersion(value);
      } else if (key == "Id") {
        ReadText(value, "Id");
      } else if (key != "Statement") {
        Fail(key, "is not a member of a policy");
      }
    }
    const auto statement = json.find("Statement");
    if (statement == json.end()) return Fail("", "lacks Statement", "add it");
    if (!statement->is_array()) return ReadStatement(*statement, "Statement");
    if (statement->empty()) Fail("Statement", "must hold at least one statement");
    for (size_t i = 0; i < statement->size(); ++i) {
      ReadStatement((*statement)[i], "Statement[" + std::to_string(i) + "]");
    }
  }
  void Fail(std::string path, std::string_view rule, std::string_view mend = "") {
    problems.push_back({std::move(path), std::string(rule), std::string(mend)});
  }

  AccessPolicy policy;
  std::vector<PolicyProblem> problems;

 private:
  void ReadText(const Json& value, const std::string& path) {
    if (!value.is_string()) Fail(path, "must be text");
  }

  void ReadVersion(const Json& value) {
    if (value != "2012-10-17" && value != "2008-10-17") {
      Fail("Version", "must be 2012-10-17 or 2008-10-17", "write \"2012-10-17\"");
    }
  }

  void ReadStatement(const Json& json, const std::string& path) {
    if (!json.is_object()) return Fail(path, "must be a map with Effect, Action and Resource");
    AccessPolicy::Statement statement;
    for (const auto& [key, value] : json.items()) {
      const std::string member = absl::StrCat(path, ".", key);
      if (key == "Effect") {
        statement.allow = value == "Allow";
        if (!statement.allow && value != "Deny")
          Fail(member, "must be Allow or Deny, not " + Shown(value));
      } else if (key == "Sid") {
        ReadText(value, member);
      } else if (key == "Action" || key == "NotAction") {
        ReadPatterns(value, member, BrokenActionRule, statement.actions);
        statement.actions.negated = key == "NotAction";
      } else if (key == "Resource" || key == "NotResource") {
        ReadPatterns(value, member, BrokenResourceRule, statement.resources);
        statement.resources.negated = key == "NotResource";
      } else {
        Fail(member, UnsupportedRule(key), key == "Condition" ? "take the statement out" : "");
      }
    }
    if (!json.contains("Effect")) Fail(path, "lacks Effect", "add it");
    RequireOne(json, path, "Action", "NotAction");
    RequireOne(json, path, "Resource", "NotResource");
    for (std::string& action : statement.actions.list) action = Lower(action);
    policy.statements_.push_back(std::move(statement));
  }

  void RequireOne(const Json& json, const std::string& path, const std::string& name,
                  const std::string& negated) {
    const bool both = json.contains(name) && json.contains(negated);
    if (both) Fail(path, "has both " + name + " and " + negated, "keep one of the two");
    if (!json.contains(name) && !json.contains(negated)) {
      Fail(path, "lacks " + name + " or " + negated, "add one of them");
    }
  }

  // One text, or a list of texts.
  void ReadPatterns(const Json& value, const std::string& path,
                    std::string_view (*broken_rule)(std::string_view),
                    AccessPolicy::Patterns& out) {
    if (!value.is_array()) return ReadPattern(value, path, broken_rule, out);
    if (value.empty()) Fail(path, "must hold at least one pattern");
    for (size_t i = 0; i < value.size(); ++i) {
      ReadPattern(value[i], path + "[" + std::to_string(i) + "]", broken_rule, out);
    }
  }

  void ReadPattern(const Json& value, const std::string& path,
                   std::string_view (*broken_rule)(std::string_view), AccessPolicy::Patterns& out) {
    if (!value.is_string()) return Fail(path, "must be text, or a list of texts");
    std::string text = value.get<std::string>();
    const std::string_view rule = broken_rule(text);
    if (!rule.empty()) Fail(path, std::string(rule) + ": " + Shown(value));
    if (text.find("${") != text.npos) Fail(path, "holds a policy variable, which is not supported");
    out.list.push_back(std::move(text));
  }
};

std::variant<AccessPolicy, std::vector<PolicyProblem>> AccessPolicy::Parse(std::string_view json) {
  PolicyParser parser;
  const std::optional<Json> parsed =
      json.size() <= kPolicyBytesMax ? ParseJsonText(json) : std::nullopt;
  if (!parsed) {
    parser.Fail("", "must be JSON of at most " + std::to_string(kPolicyBytesMax) + " bytes");
  } else if (HasRepeatedKeys(json)) {
    parser.Fail("", "has a member twice", "keep one of the two");
  } else {
    parser.ReadPolicy(*parsed);
  }
  if (!parser.problems.empty()) return std::move(parser.problems);
  return std::move(parser.policy);
}

bool AccessPolicy::Patterns::Match(std::string_view text) const {
  const bool found = std::any_of(list.begin(), list.end(), [&](const std::string& pattern) {
    return MatchesWildcards(text, pattern);
  });
  return found != negated;
}

AccessDecision AccessPolicy::Decide(std::string_view action, std::string_view resource) const {
  const std::string lower = Lower(action);
  AccessDecision decision = AccessDecision::kNotAllowed;
  for (const Statement& statement : statements_) {
    if (!statement.actions.Match(lower) || !statement.resources.Match(resource)) continue;
    if (!statement.allow) return AccessDecision::kDenied;
    decision = AccessDecision::kAllowed;
  }
  return decision;
}

}  // namespace hydrant
