#include "engine/access/authorizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hydrant {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr char kWeb[] = "arn:aws:firehose:us-east-1:000000000000:deliverystream/web";

std::vector<std::string> ProblemsOf(std::string_view json) {
  const auto parsed = AccessPolicy::Parse(json);
  std::vector<std::string> all;
  if (const auto* problems = std::get_if<std::vector<PolicyProblem>>(&parsed)) {
    for (const PolicyProblem& problem : *problems)
      all.push_back(problem.path + ": " + problem.rule);
  }
  return all;
}

std::string Policy(std::string_view statements) {
  return R"({"Version": "2012-10-17", "Statement": )" + std::string(statements) + "}";
}

AccessDecision Decide(std::string_view statements, std::string_view action,
                      std::string_view resource = kWeb) {
  const std::string json = Policy(statements);
  EXPECT_THAT(ProblemsOf(json), ElementsAre()) << json;
  return std::get<AccessPolicy>(AccessPolicy::Parse(json)).Decide(action, resource);
}

TEST(MatchesWildcards, Table) {
  struct Case {
    const char *text, *pattern;
    bool matches;
  };
  const Case cases[] = {
      {"", "", true},
      {"", "*", true},
      {"", "?", false},
      {"a", "", false},
      {"a", "a", true},
      {"a", "A", false},
      {"abc", "a*", true},
      {"abc", "*c", true},
      {"abc", "a*c", true},
      {"abc", "a*b", false},
      {"abc", "a?c", true},
      {"abc", "??", false},
      {"abc", "***", true},
      {"abc", "a**c", true},
      {"aXbXc", "a*X*c", true},
      {"aab", "*ab", true},
      {"ab", "a*b*?", false},
      {"a*c", "a*c", true},
      {"mississippi", "*iss*ip*", true},
      {"mississippi", "*iss*ipx*", false},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(MatchesWildcards(c.text, c.pattern), c.matches) << c.text << " " << c.pattern;
  }
}

TEST(MatchesWildcards, HostilePatternsAreQuick) {
  std::string pattern;
  for (int i = 0; i < 200; ++i) pattern += "*a";
  EXPECT_FALSE(MatchesWildcards(std::string(10'000, 'a') + "b", pattern + "*c"));
}

TEST(AccessPolicy, NamesWhatIsNotSupported) {
  EXPECT_THAT(ProblemsOf(Policy(R"({"Effect": "Allow", "Action": "*", "Resource": "*",
                 "Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}})")),
              ElementsAre("Statement.Condition: is not supported: no condition would be checked"));
  EXPECT_THAT(
      ProblemsOf(Policy(R"([{"Effect": "Allow", "Principal": "*", "Action": "*",
                 "Resource": "*"}])")),
      ElementsAre("Statement[0].Principal: is not supported: the policy is for the key that "
                  "it stands with"));
  EXPECT_THAT(ProblemsOf(Policy(R"({"Effect": "Allow", "Action": "*",
                 "Resource": "arn:aws:firehose:*:*:deliverystream/${aws:username}"})")),
              ElementsAre("Statement.Resource: holds a policy variable, which is not supported"));
}

TEST(AccessPolicy, TellsAllProblemsWithTheirPlaces) {
  EXPECT_THAT(ProblemsOf("x"), ElementsAre(": must be JSON of at most 65536 bytes"));
  EXPECT_THAT(ProblemsOf("[]"), ElementsAre(": must be a map with Version and Statement"));
  EXPECT_THAT(ProblemsOf("{}"), ElementsAre(": lacks Statement"));
  EXPECT_THAT(
      ProblemsOf(R"({"Statement": [], "Version": "2026-01-01", "Stmt": 1})"),
      ElementsAre("Stmt: is not a member of a policy", "Version: must be 2012-10-17 or 2008-10-17",
                  "Statement: must hold at least one statement"));
  EXPECT_THAT(
      ProblemsOf(Policy(R"(["x", {"Effect": "allow", "Action": [], "Resource": 7, "Sid": 1}])")),
      ElementsAre("Statement[0]: must be a map with Effect, Action and Resource",
                  "Statement[1].Action: must hold at least one pattern",
                  "Statement[1].Effect: must be Allow or Deny, not 'allow'",
                  "Statement[1].Resource: must be text, or a list of texts",
                  "Statement[1].Sid: must be text"));
  EXPECT_THAT(ProblemsOf(Policy(R"({"Action": "*", "NotAction": "*", "Resources": "*"})")),
              ElementsAre("Statement.Resources: is not a member of a policy's statement",
                          "Statement: lacks Effect", "Statement: has both Action and NotAction",
                          "Statement: lacks Resource or NotResource"));
  EXPECT_THAT(ProblemsOf(Policy(R"({"Effect": "Deny", "Resource": ["*", "web"], "Action":
                 ["firehose:PutRecords", "PutRecord", "firehose:", ":x", "s3:*"]})")),
              ElementsAre("Statement.Action[0]: names no action of Firehose: 'firehose:PutRecords'",
                          "Statement.Action[1]: must be SERVICE:ACTION, or *: 'PutRecord'",
                          "Statement.Action[2]: must be SERVICE:ACTION, or *: 'firehose:'",
                          "Statement.Action[3]: must be SERVICE:ACTION, or *: ':x'",
                          "Statement.Resource[1]: must be an ARN with all its six parts, or *: "
                          "'web'"));
  EXPECT_THAT(ProblemsOf(Policy(R"({"Effect": "Deny", "Effect": "Allow", "Action": "*",
                 "Resource": "*"})")),
              ElementsAre(": has a member twice"));
  EXPECT_THAT(ProblemsOf(std::string(70'000, ' ')), ElementsAre(HasSubstr("at most 65536")));
}

TEST(AccessPolicy, RefusesResourcesThatCanBeNoArn) {
  const auto problems = [](const std::string& resource) {
    return ProblemsOf(
        Policy(R"({"Effect": "Deny", "Action": "*", "Resource": ")" + resource + "\"}"));
  };
  for (const char* incomplete :
       {"", "arn:", "arn", "arn*", "arn:aws:firehose:us-east-1", "arn:aws:fire*hose:us-east-1",
        "arn:aws:firehose:us-east-1:deliverystream/web", "arn?aws:firehose:a:b:c",
        "aws:firehose:us-east-1:000000000000:deliverystream/web"}) {
    EXPECT_THAT(problems(incomplete),
                ElementsAre("Statement.Resource: must be an ARN with all its six parts, or *: '" +
                            std::string(incomplete) + "'"));
  }
  for (const char* whole :
       {"*", "arn:*", "arn:aws:firehose:*", "arn:*:deliverystream/web", "arn:aws:s3:::bucket",
        "arn:aws:firehose:us-east-1:000000000000:deliverystream/web",
        "arn:aws:logs:us-east-1:000000000000:log-group:x"}) {
    EXPECT_THAT(problems(whole), ElementsAre()) << whole;
  }
}

constexpr char kDenyDelete[] =
    R"({"Effect": "Deny", "Action": "firehose:Delete*", "Resource": "*"})";

TEST(AccessPolicy, DecidesAsIamDoes) {
  using enum AccessDecision;
  struct Case {
    std::string statements;
    const char* action;
    AccessDecision expected;
  };
  const auto allow = [](std::string action, std::string resource) {
    return R"({"Effect": "Allow", "Action": )" + action + R"(, "Resource": )" + resource + "}";
  };
  const Case cases[] = {
      {allow(R"("firehose:PutRecord")", R"("*")"), "firehose:PutRecord", kAllowed},
      {allow(R"("firehose:PutRecord")", R"("*")"), "firehose:PutRecordBatch", kNotAllowed},
      {allow(R"("FIREHOSE:putrecord*")", R"("*")"), "firehose:PutRecordBatch", kAllowed},
      {allow(R"("firehose:?ut*")", R"("*")"), "firehose:PutRecord", kAllowed},
      {allow(R"(["s3:*", "firehose:PutRecord"])", R"("*")"), "firehose:PutRecord", kAllowed},
      {allow(R"("s3:*")", R"("*")"), "firehose:PutRecord", kNotAllowed},
      {allow(R"("*")", R"("arn:aws:firehose:*:*:deliverystream/web")"), "firehose:PutRecord",
       kAllowed},
      {allow(R"("*")", R"("arn:aws:firehose:*:*:deliverystream/we?")"), "firehose:PutRecord",
       kAllowed},
      {allow(R"("*")", R"("arn:aws:firehose:*:*:deliverystream/Web")"), "firehose:PutRecord",
       kNotAllowed},
      {allow(R"("*")", R"("arn:aws:firehose:us-east-1:999999999999:deliverystream/web")"),
       "firehose:PutRecord", kNotAllowed},
      // A Deny wins, wherever it stands.
      {"[" + allow(R"("*")", R"("*")") + "," + kDenyDelete + "]", "firehose:DeleteDeliveryStream",
       kDenied},
      {std::string("[") + kDenyDelete + "," + allow(R"("*")", R"("*")") + "]",
       "firehose:DeleteDeliveryStream", kDenied},
      {"[" + allow(R"("*")", R"("*")") + "," + kDenyDelete + "]", "firehose:PutRecord", kAllowed},
      {kDenyDelete, "firehose:PutRecord", kNotAllowed},
      // NotAction, NotResource.
      {R"({"Effect": "Allow", "NotAction": "firehose:Put*", "Resource": "*"})",
       "firehose:DescribeDeliveryStream", kAllowed},
      {R"({"Effect": "Allow", "NotAction": ["firehose:Put*", "s3:*"], "Resource": "*"})",
       "firehose:PutRecord", kNotAllowed},
      {R"({"Effect": "Deny", "NotAction": "firehose:PutRecord", "Resource": "*"})",
       "firehose:PutRecordBatch", kDenied},
      {R"({"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:firehose:*:*:deliverystream/w*"})",
       "firehose:PutRecord", kNotAllowed},
      {R"({"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:firehose:*:*:deliverystream/x*"})",
       "firehose:PutRecord", kAllowed},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(Decide(c.statements, c.action), c.expected) << c.statements << " " << c.action;
  }
  EXPECT_EQ(AccessPolicy().Decide("firehose:PutRecord", kWeb), kNotAllowed);
}

class AuthorizerTest : public ::testing::Test {
 protected:
  AuthorizerTest() {
    AccessKey limited{"AKLIMITED", "secret", "",
                      Policy(R"([{"Effect": "Allow", "Action": "firehose:*Record*",
                                  "Resource": "arn:aws:firehose:*:*:deliverystream/web"},
                                 {"Effect": "Deny", "Action": "firehose:PutRecordBatch",
                                  "Resource": "*"}])")};
    config_.credentials = {{"AKFULL", "secret"}, limited, {"AKBROKEN", "secret", "", "{}"}};
  }
  std::string MessageOf(const std::string& key, std::string_view operation,
                        std::string_view stream) {
    const auto error = Authorizer(config_).Check(key, operation, stream);
    if (!error) return "allowed";
    EXPECT_EQ(error->type, "AccessDeniedException");
    EXPECT_EQ(error->http_status, 400);
    return error->message;
  }
  NodeConfig config_;
};

TEST_F(AuthorizerTest, SaysWhyAsAwsDoes) {
  EXPECT_EQ(
      MessageOf("AKLIMITED", "PutRecord", "other"),
      "User: arn:aws:iam::000000000000:user/AKLIMITED is not authorized to perform: "
      "firehose:PutRecord on resource: "
      "arn:aws:firehose:us-east-1:000000000000:deliverystream/other because no identity-based "
      "policy allows the firehose:PutRecord action");
  EXPECT_EQ(
      MessageOf("AKLIMITED", "PutRecordBatch", "web"),
      "User: arn:aws:iam::000000000000:user/AKLIMITED is not authorized to perform: "
      "firehose:PutRecordBatch on resource: "
      "arn:aws:firehose:us-east-1:000000000000:deliverystream/web with an explicit deny in an "
      "identity-based policy");
  // It is about no stream: only a statement about all resources allows it.
  EXPECT_THAT(MessageOf("AKLIMITED", "ListDeliveryStreams", ""),
              HasSubstr("firehose:ListDeliveryStreams on resource: * because"));
  EXPECT_THAT(MessageOf("AKBROKEN", "PutRecord", "web"), HasSubstr("no identity-based policy"));
}

TEST_F(AuthorizerTest, AllowsWhatIsAllowedAndKeysWithoutAPolicyEverything) {
  EXPECT_EQ(MessageOf("AKLIMITED", "PutRecord", "web"), "allowed");
  EXPECT_EQ(MessageOf("AKFULL", "DeleteDeliveryStream", "web"), "allowed");
  EXPECT_EQ(MessageOf("", "DeleteDeliveryStream", "web"), "allowed");
}

}  // namespace
}  // namespace hydrant
