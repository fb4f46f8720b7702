// AccessPolicy: what one access key may do, in IAM's policy language: Version, Id, and statements of Sid, Effect,
// Action or NotAction, Resource or NotResource, with * and ?.
// Owner:   immutable; any thread
// Units:   a policy's text at most kPolicyBytesMax
// Errors:  problems are values, all of them at once. What IAM knows and this does not (Condition, Principal,
//          policy variables) is a problem by name: a rule that is passed over would let through what it forbids
// Source:  IAM User Guide, "IAM JSON policy reference" and "Policy evaluation logic"
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace hydrant {

inline constexpr size_t kPolicyBytesMax = 64 * 1024;

struct PolicyProblem {
  std::string path;  // "Statement[1].Condition"; empty: the policy itself
  std::string rule;
  std::string mend;  // may be empty
};

enum class AccessDecision { kAllowed, kNotAllowed, kDenied };

class AccessPolicy {
 public:
  static std::variant<AccessPolicy, std::vector<PolicyProblem>> Parse(std::string_view json);
  // Allows nothing.
  AccessPolicy() = default;

  // A Deny wins over every Allow; what no statement speaks of is not allowed. `action`:
  // "firehose:PutRecord"; `resource`: an ARN, or "*" for an action that has no resource.
  AccessDecision Decide(std::string_view action, std::string_view resource) const;

 private:
  friend class PolicyParser;
  struct Patterns {
    std::vector<std::string> list;
    bool negated = false;  // NotAction, NotResource
    bool Match(std::string_view text) const;
  };
  struct Statement {
    bool allow = false;
    Patterns actions;  // in lower case: IAM does not tell cases of actions apart
    Patterns resources;
  };
  std::vector<Statement> statements_;
};

// * is any run of characters, ? any one. Takes at most text times pattern steps.
bool MatchesWildcards(std::string_view text, std::string_view pattern);

}  // namespace hydrant
