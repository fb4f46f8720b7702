#include "engine/stream/extraction_query.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hydrant {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(KeysOfQueryTest, SaysNothingOfWhatIsNotOneObject) {
  for (const char* query : {"", " ", ".a", "[.a]", "{", "{a", "{a: .a", "{a: .a} | {b}",
                            "{a: .a} # or not", "{a: # }\n.a}", "{a: \"", "{\"a\\(.b)\": 1}",
                            "{\"a\": \"\\(.b)\"}", "}", "{\"", "{\"\\", "{a: (.b}"}) {
    EXPECT_THAT(KeysOfQuery(query), IsEmpty()) << query;
  }
}

TEST(KeysOfQueryTest, FindsTheKeysOfAnObject) {
  EXPECT_THAT(KeysOfQuery("{}"), IsEmpty());
  EXPECT_THAT(KeysOfQuery("{customer: .customer_id}"), ElementsAre("customer"));
  EXPECT_THAT(KeysOfQuery(" {\n a_1 :.a, \"b c\":.b , d } \n"), ElementsAre("a_1", "b c", "d"));
  EXPECT_THAT(KeysOfQuery(R"({year: .at|strftime("%Y, \"}"), day: {x: [1, 2]} | f(1; 2), e: .e})"),
              ElementsAre("year", "day", "e"));
}

TEST(KeysOfQueryTest, LeavesOutKeysThatAreComputed) {
  EXPECT_THAT(KeysOfQuery(R"({(.name): 1, $x, @base64 "a": 2, "\u0061": 3, b: 4, "": 5})"),
              ElementsAre("b"));
}

}  // namespace
}  // namespace hydrant
