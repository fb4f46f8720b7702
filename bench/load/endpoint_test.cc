#include "bench/load/endpoint.h"

#include "bench/load/test_value.h"

#include <gtest/gtest.h>

namespace hydrant::load {
namespace {

TEST(Endpoint, WhatIsNoUrlIsRefused) {
  for (const char* url : {"", "127.0.0.1:4573", "ftp://x", "http://", "http://:80", "http://x:0",
                          "http://x:65536", "http://x:y", "http://x?y", "http://u@x", "http://[::1",
                          "http://x/a b", "http://x\r\nEvil: y"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(ParseEndpoint(url).status())) << url;
  }
}

TEST(Endpoint, PartsOfAUrl) {
  const Endpoint plain = Value(ParseEndpoint("http://127.0.0.1:4573/"));
  EXPECT_FALSE(plain.tls);
  EXPECT_EQ(plain.host, "127.0.0.1");
  EXPECT_EQ(plain.port, "4573");
  EXPECT_EQ(plain.authority, "127.0.0.1:4573");
  EXPECT_EQ(plain.path, "");
  const Endpoint tls = Value(ParseEndpoint("https://example.com:443/below/"));
  EXPECT_TRUE(tls.tls);
  EXPECT_EQ(tls.port, "443");
  EXPECT_EQ(tls.authority, "example.com");  // as it is signed
  EXPECT_EQ(tls.Url(), "https://example.com/below");
  const Endpoint six = Value(ParseEndpoint("http://[::1]:8080"));
  EXPECT_EQ(six.host, "::1");
  EXPECT_EQ(six.port, "8080");
  EXPECT_EQ(six.authority, "[::1]:8080");
}

TEST(Endpoint, FilesOfTlsMustBeUsable) {
  const auto context = MakeTlsContext({"nowhere.pem", "", ""});
  EXPECT_TRUE(absl::IsInvalidArgument(context.status()));
  EXPECT_NE(context.status().message().find("--ca-file nowhere.pem"), absl::string_view::npos);
  EXPECT_OK(MakeTlsContext({}).status());
}

}  // namespace
}  // namespace hydrant::load
