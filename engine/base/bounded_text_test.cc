#include "engine/base/bounded_text.h"

#include <gtest/gtest.h>

namespace hydrant {
namespace {

TEST(BoundedText, KeepsWhatIsFit) {
  EXPECT_EQ(BoundedText("", 4), "");
  EXPECT_EQ(BoundedText("fine", 4), "fine");
  EXPECT_EQ(BoundedText("gr\xc3\xbc\xc3\x9f", 100), "gr\xc3\xbc\xc3\x9f");
}

TEST(BoundedText, CutsBetweenCharacters) {
  EXPECT_EQ(BoundedText("abcdef", 4), "abcd");
  EXPECT_EQ(BoundedText("abc\xe6\xb0\xb4", 3), "abc");
  EXPECT_EQ(BoundedText("abc\xe6\xb0\xb4", 4), "abc");
  EXPECT_EQ(BoundedText("abc\xe6\xb0\xb4", 5), "abc");
  EXPECT_EQ(BoundedText("abc\xe6\xb0\xb4", 6), "abc\xe6\xb0\xb4");
  EXPECT_EQ(BoundedText("\xe6\xb0\xb4", 0), "");
}

TEST(BoundedText, ReplacesWhatIsNoText) {
  EXPECT_EQ(BoundedText("a\xff!", 100), "a\xef\xbf\xbd!");
  EXPECT_EQ(BoundedText("a\xc3", 100), "a\xef\xbf\xbd");
  EXPECT_EQ(BoundedText(std::string(100, '\x80'), 10).size() % 3, 0u);
}

}  // namespace
}  // namespace hydrant
