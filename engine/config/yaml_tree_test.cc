#include "engine/config/yaml_tree.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hydrant {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

YamlNode Parse(std::string_view text) {
  auto parsed = ParseYaml(text);
  if (auto* error = std::get_if<YamlError>(&parsed)) {
    ADD_FAILURE() << error->rule;
    return {};
  }
  return std::get<YamlNode>(parsed);
}

YamlError ParseError(std::string_view text) {
  auto parsed = ParseYaml(text);
  if (auto* error = std::get_if<YamlError>(&parsed)) return *error;
  ADD_FAILURE() << "was accepted";
  return {};
}

TEST(ParseYaml, RefusesWhatIsNotYaml) {
  EXPECT_EQ(ParseError("a: [1, 2").rule.substr(0, 11), "is not YAML");
  const YamlError error = ParseError("a: 1\n b: 2\n");
  EXPECT_EQ(error.place.line, 2);
  EXPECT_THAT(ParseError("a: \xff").rule, HasSubstr("UTF-8"));
  EXPECT_THAT(ParseError(std::string_view("a: \0", 4)).rule, HasSubstr("NUL"));
  EXPECT_THAT(ParseError("a: 1\n---\nb: 2\n").rule, HasSubstr("second document"));
  EXPECT_THAT(ParseError("? [1]\n: 2\n").rule, HasSubstr("key must be a plain name"));
  EXPECT_THAT(ParseError(std::string((4 << 20) + 1, 'a')).rule, HasSubstr("4 MiB"));
}

TEST(ParseYaml, RefusesDeepNestingAndAliasBombs) {
  EXPECT_THAT(ParseError("a: " + std::string(200, '[') + std::string(200, ']')).rule,
              HasSubstr("nested"));
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 20; ++i) {
    const std::string below = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int j = 0; j < 10; ++j) bomb += (j > 0 ? ", " : "") + below;
    bomb += "]\n";
  }
  EXPECT_THAT(ParseError(bomb).rule, HasSubstr("too much"));
  std::string long_text = "a: &a \"" + std::string(1 << 20, 'x') + "\"\nb: [";
  for (int i = 0; i < 1000; ++i) long_text += "*a, ";
  EXPECT_THAT(ParseError(long_text + "*a]").rule, HasSubstr("too much"));
}

TEST(ParseYaml, TabsThatIndentAreNamed) {
  for (const char* text :
       {"log:\n\tquota: 1\n", "log:\n  \tquota: 1\n", "a: 1\nlog:\n\tquota: 1\nb: 2\n"}) {
    EXPECT_THAT(ParseError(text).rule, HasSubstr("a tab may not indent")) << text;
  }
  EXPECT_EQ(ParseError("log:\n\tquota: 1\n").place.line, 2);
  EXPECT_THAT(ParseError("a: [1,\n").rule, Not(HasSubstr("tab")));
}

TEST(ParseYaml, KeepsPlacesQuotesOrderAndDuplicates) {
  const YamlNode root = Parse("b: 1\na:\n  - \"2\"\n  - plain\nb: 3\n");
  ASSERT_EQ(root.entries.size(), 3u);
  EXPECT_EQ(root.entries[2].key, "b");
  EXPECT_EQ(root.entries[2].place.line, 5);
  const YamlNode& list = root.entries[1].value;
  ASSERT_EQ(list.items.size(), 2u);
  EXPECT_TRUE(list.items[0].quoted);
  EXPECT_FALSE(list.items[1].quoted);
  EXPECT_EQ(list.items[1].place.line, 4);
  EXPECT_EQ(list.items[1].place.column, 5);
  EXPECT_EQ(root.Find("b")->text, "1");
  EXPECT_EQ(root.Find("c"), nullptr);
}

TEST(ParseYaml, TellsNothingFromEmptyText) {
  const YamlNode root = Parse("a:\nb: ~\nc: null\nd: \"\"\ne: 'null'\n");
  EXPECT_EQ(root.Find("a")->kind, YamlNode::Kind::kNull);
  EXPECT_EQ(root.Find("b")->kind, YamlNode::Kind::kNull);
  EXPECT_EQ(root.Find("c")->kind, YamlNode::Kind::kNull);
  EXPECT_EQ(root.Find("d")->kind, YamlNode::Kind::kScalar);
  EXPECT_EQ(root.Find("e")->kind, YamlNode::Kind::kScalar);
  EXPECT_EQ(Parse("").kind, YamlNode::Kind::kNull);
  EXPECT_EQ(Parse("# only a comment\n").kind, YamlNode::Kind::kNull);
}

TEST(ParseYaml, FillsInAliases) {
  const YamlNode root = Parse("a: &x {k: v}\nb: *x\n");
  ASSERT_NE(root.Find("b"), nullptr);
  ASSERT_NE(root.Find("b")->Find("k"), nullptr);
  EXPECT_EQ(root.Find("b")->Find("k")->text, "v");
}

}  // namespace
}  // namespace hydrant
