#include "engine/io/listen_address.h"

#include "engine/testing/status_matchers.h"

#include <gtest/gtest.h>

namespace hydrant {
namespace {

using ::hydrant::testing::StatusIs;
using ::testing::HasSubstr;

TEST(ListenAddress, RefusesWhatIsNotHostAndPort) {
  for (const char* text :
       {"", "4573", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:65536", "127.0.0.1:-1",
        "::1:4573", "[::1:4573", "::1]:4573", "[127.0.0.1]:80", "[]:80", "a b:80", "http://a:80"}) {
    EXPECT_THAT(ParseListenAddress(text),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("listen address")))
        << text;
  }
}

TEST(ListenAddress, TakesTheFormsPeopleWrite) {
  const std::pair<const char*, std::pair<std::string, uint16_t>> cases[] = {
      {"127.0.0.1:4573", {"127.0.0.1", 4573}},
      {":4573", {"0.0.0.0", 4573}},
      {"[::]:4573", {"::", 4573}},
      {"[::1]:0", {"::1", 0}},
      {"localhost:65535", {"localhost", 65535}}};
  for (const auto& [text, expected] : cases) {
    const auto parsed = ParseListenAddress(text);
    ASSERT_OK(parsed);
    EXPECT_EQ(*parsed, expected) << text;
  }
}

TEST(ListenAddress, KnowsLoopback) {
  for (const char* text : {"localhost", "127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1",
                           "127.0.0.1:80", "[::1]:80", "localhost:80"}) {
    EXPECT_TRUE(IsLoopback(text)) << text;
  }
  for (const char* text : {"", "0.0.0.0", "::", "10.0.0.1", "example.com", "127.0.0.1.example.com",
                           "::ffff:10.0.0.1", "[::]:80"}) {
    EXPECT_FALSE(IsLoopback(text)) << text;
  }
}

}  // namespace
}  // namespace hydrant
