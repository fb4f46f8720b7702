// Of any right destination, what was given comes back, and an update changes what it gives and nothing else; of any
// wrong one, the member is named. Seeds are printed; HYDRANT_TEST_SEED runs one again.
#include "engine/config/node_config.h"
#include "engine/stream/describe.h"
#include "engine/stream/destination_choices.h"
#include "engine/stream/destination_fixture.h"
#include "engine/stream/destination_update.h"
#include "engine/testing/status_matchers.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <random>

namespace hydrant {
namespace {

using Json = nlohmann::json;
using ::testing::HasSubstr;

constexpr int kRounds = 400;

const std::pair<std::string_view, std::string_view> kOtherNames[] = {
    {"S3Configuration", "S3DestinationDescription"},
    {"S3BackupConfiguration", "S3BackupDescription"},
};
constexpr std::string_view kSecrets[] = {"Password", "AccessKey", "PrivateKey", "KeyPassphrase"};

std::string DescribedName(const std::string& name) {
  for (const auto& [given, described] : kOtherNames) {
    if (name == given) return std::string(described);
  }
  return name;
}

void ExpectHolds(const Json& described, const Json& given) {
  for (const auto& [name, value] : given.items()) {
    const bool secret =
        std::find(std::begin(kSecrets), std::end(kSecrets), name) != std::end(kSecrets);
    const std::string found = DescribedName(name);
    ASSERT_EQ(described.contains(found), !secret) << name << " in " << described;
    if (secret) continue;
    if (value.is_object()) {
      ExpectHolds(described[found], value);
    } else {
      EXPECT_EQ(described[found], value) << name;
    }
  }
}

class DestinationPropertyTest : public ::testing::Test {
 protected:
  DestinationPropertyTest() {
    const char* given = std::getenv("HYDRANT_TEST_SEED");
    seed_ = given == nullptr ? std::random_device()() : std::strtoul(given, nullptr, 10);
    RecordProperty("seed", std::to_string(seed_));
    random_.seed(seed_);
    options_.config = &config_;
    options_.support.has_processor = [](std::string_view) { return true; };
  }

  size_t Draw(size_t count) { return random_() % count; }

  // Some of what may be given.
  Json Some(const Json& choices) {
    Json some = Json::object();
    for (const auto& [name, values] : choices.items()) {
      if (Draw(2) == 0) some[name] = values[Draw(values.size())];
    }
    return some;
  }

  Json SomeDestination(const std::string& family) {
    const Json choices = DestinationChoices();
    Json patch = Some(choices[family]);
    const Json bucket = Some(BucketChoices(family));
    if (family.ends_with("S3")) {
      patch.update(bucket);
    } else {
      patch["S3Configuration"] = bucket;
    }
    return patch;
  }

  std::string SomeFamily() {
    const Json choices = DestinationChoices();
    auto family = choices.begin();
    std::advance(family, Draw(choices.size()));
    return family.key();
  }

  std::variant<StreamDefinition, ApiError> Parse(const Json& request) const {
    return ParseStreamDefinition(request, options_);
  }

  static Json Described(const StreamDefinition& definition, const std::string& family) {
    const Json description = DescribeStream(definition);
    return description["Destinations"][0][family + "DestinationDescription"];
  }

  unsigned long seed_ = 0;
  std::mt19937_64 random_;
  NodeConfig config_;
  ParseOptions options_;
};

TEST_F(DestinationPropertyTest, WhatIsGivenComesBackAndAnUpdateChangesNothingElse) {
  for (int round = 0; round < kRounds && !HasFailure(); ++round) {
    const std::string family = SomeFamily();
    const std::string member = family + "DestinationConfiguration";
    const Json request = RequestWith(family, SomeDestination(family));
    SCOPED_TRACE("HYDRANT_TEST_SEED=" + std::to_string(seed_) + " round " + std::to_string(round) +
                 ": " + request.dump());
    const auto made = Parse(request);
    ASSERT_EQ(made.index(), 0u) << std::get<ApiError>(made).message;
    const Json before = Described(std::get<StreamDefinition>(made), family);
    ExpectHolds(before, request[member]);

    Json change = Some(DestinationChoices()[family]);
    change.erase("S3BackupConfiguration");  // it has another name in an update, and merges
    change.erase("S3BackupMode");           // it goes one way
    const Json update = {{"DeliveryStreamName", "a"},
                         {"CurrentDeliveryStreamVersionId", "1"},
                         {"DestinationId", kDestinationId},
                         {family + "DestinationUpdate", change}};
    const auto updated = UpdateDefinition(std::get<StreamDefinition>(made), update, options_);
    ASSERT_EQ(updated.index(), 0u) << update << std::get<ApiError>(updated).message;
    Json after = Described(std::get<StreamDefinition>(updated), family);
    ExpectHolds(after, change);
    Json untouched = before;
    for (const auto& [name, value] : change.items()) {
      after.erase(name);
      untouched.erase(name);
    }
    EXPECT_EQ(after, untouched) << update;
  }
}

// Breaks one member somewhere; returns its path as errors have it.
std::string BreakOne(Json& value, std::mt19937_64& random) {
  auto member = value.begin();
  std::advance(member, random() % value.size());
  std::string path = member.key();
  path[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(path[0])));
  if (member->is_object() && !member->empty() && random() % 4 != 0) {
    return path + "." + BreakOne(*member, random);
  }
  *member = member->is_array() ? Json("x") : Json::array({"x"});
  return path;
}

TEST_F(DestinationPropertyTest, WhatIsOfAWrongTypeIsNamed) {
  for (int round = 0; round < kRounds && !HasFailure(); ++round) {
    const std::string family = SomeFamily();
    Json request = RequestWith(family, SomeDestination(family));
    request.erase("DeliveryStreamName");
    const std::string path = BreakOne(request, random_);
    request["DeliveryStreamName"] = "a";
    SCOPED_TRACE("HYDRANT_TEST_SEED=" + std::to_string(seed_) + " round " + std::to_string(round) +
                 ": " + request.dump());
    const auto parsed = Parse(request);
    ASSERT_EQ(parsed.index(), 1u) << path;
    EXPECT_EQ(std::get<ApiError>(parsed).type, "SerializationException");
    EXPECT_THAT(std::get<ApiError>(parsed).message, HasSubstr("at '" + path + "'"));
  }
}

}  // namespace
}  // namespace hydrant
