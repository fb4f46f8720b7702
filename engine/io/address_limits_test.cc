#include "engine/io/address_limits.h"

#include "engine/io/http_server_fixture.h"

namespace hydrant {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string Network(const char* address) { return NetworkOf(asio::ip::make_address(address)); }

TEST(AddressLimits, NetworksAreAddressesOrSlash64s) {
  EXPECT_EQ(Network("192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(Network("::ffff:192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(Network("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
  EXPECT_EQ(Network("2001:db8:1:2:ffff::1"), Network("2001:db8:1:2::1"));
  EXPECT_NE(Network("2001:db8:1:3::1"), Network("2001:db8:1:2::1"));
}

TEST(AddressLimits, CountsConnectionsByNetwork) {
  NetworkCounter counter(2);
  EXPECT_TRUE(counter.Enter("a"));
  EXPECT_TRUE(counter.Enter("a"));
  EXPECT_FALSE(counter.Enter("a"));
  EXPECT_TRUE(counter.Enter("b"));
  counter.Leave("a");
  EXPECT_TRUE(counter.Enter("a"));
  EXPECT_FALSE(counter.Enter("a"));
  NetworkCounter unlimited(0);
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(unlimited.Enter("a"));
}

TEST(AddressLimits, ABucketHoldsOneSecond) {
  NetworkRates rates(10);
  absl::Time now = absl::FromUnixSeconds(1'000'000);
  const auto taken = [&](const char* network) {
    int count = 0;
    while (count < 1000 && rates.Take(network, now)) ++count;
    return count;
  };
  EXPECT_EQ(taken("a"), 10);
  EXPECT_EQ(taken("b"), 10);
  now += absl::Milliseconds(500);
  EXPECT_EQ(taken("a"), 5);
  now += absl::Hours(1);
  EXPECT_EQ(taken("a"), 10);
  now -= absl::Hours(2);  // a clock that was set back
  EXPECT_EQ(taken("a"), 0);
  now += absl::Seconds(1);
  EXPECT_EQ(taken("a"), 10);
  NetworkRates unlimited(0);
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(unlimited.Take("a", now));
}

TEST(AddressLimits, TheTableOfRatesIsBounded) {
  NetworkRates rates(1);
  absl::Time now = absl::FromUnixSeconds(1'000'000);
  for (size_t i = 0; i < NetworkRates::kNetworksMax; ++i) {
    ASSERT_TRUE(rates.Take(std::to_string(i), now));
  }
  // Those beyond share one rate, until others have been quiet.
  EXPECT_TRUE(rates.Take("x", now));
  EXPECT_FALSE(rates.Take("y", now));
  EXPECT_FALSE(rates.Take("0", now));
  now += absl::Seconds(2);
  EXPECT_TRUE(rates.Take("y", now));
  EXPECT_TRUE(rates.Take("z", now));
}

class HttpServerLimitsTest : public HttpServerTest {};

TEST_F(HttpServerLimitsTest, OneAddressGetsItsShareOfConnections) {
  HttpServerOptions options;
  options.connections_per_network_max = 2;
  Start(options);
  const std::string request = "GET /head HTTP/1.1\r\nHost: h\r\n\r\n";
  testing::RawClient first(server_->port());
  first.Send(request);
  EXPECT_THAT(first.Receive(), HasSubstr("200 OK"));
  {
    testing::RawClient second(server_->port());
    second.Send(request);
    EXPECT_THAT(second.Receive(), HasSubstr("200 OK"));
    testing::RawClient third(server_->port());
    third.Send(request);
    EXPECT_EQ(third.Receive(), "");
  }
  // The place of one that went is free again.
  std::string answer;
  for (int i = 0; i < 200 && answer.empty(); ++i) {
    testing::RawClient next(server_->port());
    next.Send(request);
    answer = next.Receive();
  }
  EXPECT_THAT(answer, HasSubstr("200 OK"));
}

TEST_F(HttpServerLimitsTest, BodiesHaveALimitOfTheServers) {
  HttpServerOptions options;
  options.body_bytes_max = 10;
  Start(options);
  EXPECT_THAT(AnswerAndClose("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 11\r\n\r\n"),
              StartsWith("HTTP/1.1 413 "));
  EXPECT_EQ(handled_, 0);
  const std::string chunked =
      "POST /some HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
      "6\r\nabcdef\r\n5\r\nghijk\r\n0\r\n\r\n";
  EXPECT_THAT(AnswerAndClose(chunked), HasSubstr("\r\n\r\nerror 11"));  // kOutOfRange
  testing::RawClient client(server_->port());
  client.Send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n0123456789");
  EXPECT_THAT(client.Receive(), HasSubstr("\r\n\r\n0123456789"));
  client.Send(
      "POST /some HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
      "6\r\nabcdef\r\n4\r\nghij\r\n0\r\n\r\n");
  EXPECT_THAT(client.Receive(), HasSubstr("\r\n\r\nabcdefghij"));
}

}  // namespace
}  // namespace hydrant
