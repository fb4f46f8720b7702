#include "engine/config/options.h"

#include "engine/config/option_docs.h"
#include "engine/config/yaml_config.h"
#include "engine/testing/source_file.h"
#include "engine/testing/status_matchers.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <set>

namespace hydrant {
namespace {

using ::testing::HasSubstr;

bool HoldsOneValue(const OptionRow& row) {
  return row.type != OptionType::kAccessKeys && row.type != OptionType::kStreams;
}

// A value of the row that is not its default.
std::string OtherValue(const OptionRow& row) {
  const std::string value = RenderOption(row, NodeConfig());
  switch (row.type) {
    case OptionType::kBoolean:
      return value == "true" ? "false" : "true";
    case OptionType::kChoice:
      return std::string(row.choices[value == row.choices[0] ? 1 : 0]);
    case OptionType::kInteger:
      return std::to_string(row.max);
    case OptionType::kSize:
      return std::to_string(row.min + 1);
    case OptionType::kDuration:
      return std::to_string(row.max / 1000);
    default:
      if (row.name == "s3.endpoint") return "http://127.0.0.1:9000";
      if (row.name == "account_id") return "123456789012";
      return row.name.ends_with("region") ? "eu-central-1" : "other:1";
  }
}

TEST(OptionTable, NamesAreDifferentAndEveryRowIsWhole) {
  std::set<std::string_view> names;
  for (const OptionRow& row : OptionRows()) {
    EXPECT_TRUE(names.insert(row.name).second) << row.name;
    EXPECT_FALSE(row.help.empty()) << row.name;
    EXPECT_TRUE(row.help.ends_with('.')) << row.name;
    EXPECT_FALSE(row.example.empty()) << row.name;
    EXPECT_EQ(row.type == OptionType::kChoice, !row.choices.empty()) << row.name;
    EXPECT_LE(std::count(row.name.begin(), row.name.end(), '.'), 1) << row.name;
    EXPECT_EQ(FindOption(row.name), &row);
  }
  EXPECT_EQ(FindOption("log"), nullptr);
}

TEST(OptionTable, EveryOptionRoundTripsAndHasASlotOfItsOwn) {
  for (const OptionRow& row : OptionRows()) {
    if (!HoldsOneValue(row)) continue;
    NodeConfig config;
    ASSERT_OK(SetOption(row, OtherValue(row), config)) << row.name;
    const std::string rendered = RenderOption(row, config);
    EXPECT_NE(rendered, RenderOption(row, NodeConfig())) << row.name;
    NodeConfig again;
    ASSERT_OK(SetOption(row, rendered, again)) << row.name << " " << rendered;
    EXPECT_EQ(RenderOption(row, again), rendered);
    for (const OptionRow& other : OptionRows()) {
      if (&other == &row) continue;
      EXPECT_EQ(RenderOption(other, config), RenderOption(other, NodeConfig()))
          << row.name << " changed " << other.name;
    }
  }
}

TEST(OptionTable, DefaultsKeepTheirOwnBounds) {
  for (const OptionRow& row : OptionRows()) {
    if (!HoldsOneValue(row)) continue;
    NodeConfig config;
    EXPECT_OK(SetOption(row, RenderOption(row, config), config)) << row.name;
  }
}

TEST(OptionTable, BoundsHoldAtBothEnds) {
  for (const OptionRow& row : OptionRows()) {
    NodeConfig config;
    if (row.type == OptionType::kInteger || row.type == OptionType::kSize) {
      EXPECT_OK(SetOption(row, std::to_string(row.min), config)) << row.name;
      EXPECT_OK(SetOption(row, std::to_string(row.max), config)) << row.name;
      EXPECT_THAT(SetOption(row, std::to_string(row.max + 1), config),
                  testing::StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("must be ")))
          << row.name;
      if (row.min == 0) continue;
      EXPECT_FALSE(SetOption(row, std::to_string(row.min - 1), config).ok()) << row.name;
    }
    if (row.type == OptionType::kDuration) {
      EXPECT_OK(SetOption(row, std::to_string(row.max) + "ms", config)) << row.name;
      EXPECT_FALSE(SetOption(row, std::to_string(row.max + 1) + "ms", config).ok()) << row.name;
    }
  }
}

TEST(OptionTable, EveryExampleIsRight) {
  ValueSources values{
      .environment = [](const std::string&) { return std::optional<std::string>("VALUE"); },
      .read_file = [](const std::string&) { return StatusOr<std::string>("VALUE\n"); }};
  for (const OptionRow& row : OptionRows()) {
    const size_t dot = row.name.find('.');
    const std::string name(row.name);
    std::string text = name + ": ";
    if (dot != std::string::npos) text.replace(dot, 1, ":\n  ");
    const ConfigSource source{"example", text + std::string(row.example), {}, values};
    for (const ConfigError& error : ReadConfig(source).errors) {
      // Rules between options are not an example's matter: it shows one option.
      EXPECT_FALSE(error.path.starts_with(name) && !error.rule.starts_with("needs") &&
                   !error.rule.starts_with("is open"))
          << FormatConfigError(error);
    }
  }
}

TEST(OptionDocs, CommittedPageIsCurrent) {
  EXPECT_EQ(testing::ReadSourceFile("docs/configuration.md"), RenderOptionsPage())
      << "run: build/release/hydrant docs > docs/configuration.md";
}

TEST(OptionDocs, SchemaNamesEveryOption) {
  const nlohmann::json schema = nlohmann::json::parse(RenderOptionsSchema());
  for (const OptionRow& row : OptionRows()) {
    std::string pointer = "/properties/" + std::string(row.name);
    if (const size_t dot = pointer.find('.'); dot != std::string::npos) {
      pointer.replace(dot, 1, "/properties/");
    }
    ASSERT_TRUE(schema.contains(nlohmann::json::json_pointer(pointer))) << pointer;
    EXPECT_EQ(schema.at(nlohmann::json::json_pointer(pointer)).at("description"), row.help);
  }
  EXPECT_EQ(schema.at("additionalProperties"), false);
}

TEST(OptionDocs, HelpHasALineForEveryOption) {
  const std::string help = RenderOptionsHelp();
  for (const OptionRow& row : OptionRows()) EXPECT_THAT(help, HasSubstr(std::string(row.name)));
}

}  // namespace
}  // namespace hydrant
