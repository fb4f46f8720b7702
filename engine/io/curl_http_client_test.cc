#include "engine/io/http_client.h"
#include "engine/io/runtime.h"
#include "engine/testing/coroutine.h"
#include "engine/testing/http_test_server.h"
#include "engine/testing/status_matchers.h"
#include "engine/testing/temp_dir.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include <cstdlib>
#include <future>
#include <mutex>
#include <thread>
#include <vector>

namespace hydrant {
namespace {

using ::hydrant::testing::HttpTestReply;
using ::hydrant::testing::HttpTestRequest;
using ::hydrant::testing::HttpTestServer;
using ::hydrant::testing::MakeReply;
using ::hydrant::testing::StatusIs;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

using Result = StatusOr<HttpClientResponse>;

class CurlHttpClientTest : public ::testing::Test {
 protected:
  Result Send(const HttpClientRequest& request) {
    return testing::RunCoroutine(context_, client_->Send(request));
  }
  void UseOptions(HttpClientOptions options) {
    client_ = MakeCurlHttpClient(context_.get_executor(), std::move(options));
  }
  static HttpClientRequest Request(std::string method, std::string url) {
    HttpClientRequest request;
    request.method = std::move(method);
    request.url = std::move(url);
    return request;
  }

  boost::asio::io_context context_;
  std::unique_ptr<HttpClient> client_ = MakeCurlHttpClient(context_.get_executor(), {});
};

TEST_F(CurlHttpClientTest, RefusesWhatIsNoRequest) {
  EXPECT_THAT(Send(Request("GET", "file:///etc/passwd")),
              StatusIs(absl::StatusCode::kInvalidArgument));
  const Result no_url = Send(Request("GET", "not a url"));
  EXPECT_THAT(no_url, StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_FALSE(MayHaveArrived(no_url.status()));
  EXPECT_THAT(Send(Request("GET\r\nX: y", "http://127.0.0.1:1/")),
              StatusIs(absl::StatusCode::kInvalidArgument));
  for (const auto& [name, value] : HttpHeaders{
           {"x", "a\r\nb: c"}, {"x y", "z"}, {"", "z"}, {"Host", "z"}, {"content-length", "1"}}) {
    HttpClientRequest request = Request("GET", "http://127.0.0.1:1/");
    request.headers = {{name, value}};
    EXPECT_THAT(Send(request), StatusIs(absl::StatusCode::kInvalidArgument)) << name;
  }
}

TEST_F(CurlHttpClientTest, ConnectionRefusedNamesTheHostAndNotThePath) {
  uint16_t port = 0;
  {
    HttpTestServer server([](const HttpTestRequest&) { return MakeReply(200, ""); });
    port = server.port();
  }
  const Result result =
      Send(Request("GET", "http://127.0.0.1:" + std::to_string(port) + "/s3cret?t=s3cret"));
  EXPECT_THAT(result, StatusIs(absl::StatusCode::kUnavailable,
                               AllOf(HasSubstr("127.0.0.1:" + std::to_string(port)),
                                     HasSubstr("connect"), Not(HasSubstr("s3cret")))));
  EXPECT_FALSE(MayHaveArrived(result.status()));
}

TEST_F(CurlHttpClientTest, UnknownHostIsUnavailable) {
  const Result result = Send(Request("GET", "http://no-such-host.invalid/"));
  EXPECT_THAT(result, StatusIs(absl::StatusCode::kUnavailable, HasSubstr("no-such-host.invalid")));
  EXPECT_FALSE(MayHaveArrived(result.status()));
}

TEST_F(CurlHttpClientTest, SendsHeadersAndReadsTheAnswer) {
  HttpTestRequest seen;
  HttpTestServer server([&](const HttpTestRequest& request) {
    seen = request;
    return MakeReply(418, "short and stout", "X-Kind:  Tea Pot \r\nETag: \"e\"\r\n");
  });
  HttpClientRequest request = Request("GET", server.url() + "/../a%20b/./c?x=1");
  request.headers = {{"X-One", "1"}, {"X-Empty", ""}};
  const Result result = Send(request);
  ASSERT_OK(result);
  EXPECT_EQ(result->status, 418);
  EXPECT_EQ(result->body, "short and stout");
  EXPECT_EQ(result->Header("x-kind"), "Tea Pot");
  EXPECT_EQ(result->Header("etag"), "\"e\"");
  EXPECT_EQ(result->Header("absent"), "");
  EXPECT_EQ(seen.method, "GET");
  EXPECT_EQ(seen.target, "/../a%20b/./c?x=1");
  EXPECT_EQ(seen.headers["x-one"], "1");
  EXPECT_EQ(seen.headers.count("x-empty"), 1u);
  EXPECT_EQ(seen.headers["user-agent"], "hydrant");
}

TEST_F(CurlHttpClientTest, SendsABodyOfPiecesWithoutWaitingForAContinue) {
  HttpTestRequest seen;
  HttpTestServer server([&](const HttpTestRequest& request) {
    seen = request;
    return MakeReply(200, "");
  });
  std::string large(3 << 20, 'x');
  for (size_t i = 0; i < large.size(); ++i) large[i] = static_cast<char>(i * 31 >> 3);
  HttpClientRequest request = Request("PUT", server.url() + "/object");
  request.body = {"first,", "", large, "", ",last"};
  const absl::Time start = absl::Now();
  ASSERT_OK(Send(request));
  EXPECT_LT(absl::Now() - start, absl::Milliseconds(900));
  EXPECT_EQ(seen.method, "PUT");
  EXPECT_TRUE(seen.body == "first," + large + ",last");
  EXPECT_EQ(seen.headers.count("expect"), 0u);
  EXPECT_EQ(seen.headers.count("transfer-encoding"), 0u);
}

TEST_F(CurlHttpClientTest, MethodsWithoutABody) {
  std::vector<HttpTestRequest> seen;
  HttpTestServer server([&](const HttpTestRequest& request) {
    seen.push_back(request);
    HttpTestReply reply = MakeReply(200, "");
    if (request.method == "HEAD") reply.bytes = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n";
    return reply;
  });
  for (const char* method : {"HEAD", "PUT", "POST", "DELETE"}) {
    ASSERT_OK(Send(Request(method, server.url() + "/"))) << method;
    EXPECT_EQ(seen.back().method, method);
  }
  EXPECT_EQ(seen[1].headers["content-length"], "0");
  EXPECT_EQ(seen[2].headers["content-length"], "0");
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(CurlHttpClientTest, ConnectionsAreReused) {
  HttpTestServer server(
      [](const HttpTestRequest& request) { return MakeReply(200, request.body); });
  for (int i = 0; i < 20; ++i) {
    const std::string body = "body " + std::to_string(i);
    HttpClientRequest request = Request("POST", server.url() + "/");
    request.body = {body};
    const Result result = Send(request);
    ASSERT_OK(result);
    EXPECT_EQ(result->body, body);
  }
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(CurlHttpClientTest, DeadPooledConnectionIsReplacedAndTheBodySentAgain) {
  HttpTestServer server([](const HttpTestRequest& request) {
    HttpTestReply reply = MakeReply(200, request.body);
    if (request.connection == 1 && request.target == "/second") {
      reply.bytes.clear();
      reply.then = HttpTestReply::Then::kClose;
    }
    return reply;
  });
  ASSERT_OK(Send(Request("GET", server.url() + "/first")));
  HttpClientRequest request = Request("PUT", server.url() + "/second");
  const std::string half(200000, 'h');
  request.body = {half, "-", half};
  const Result result = Send(request);
  ASSERT_OK(result);
  EXPECT_EQ(result->body, half + "-" + half);
  EXPECT_EQ(server.connections(), 2);
}

TEST_F(CurlHttpClientTest, ResetInMidAnswerIsUnavailable) {
  for (auto then : {HttpTestReply::Then::kReset, HttpTestReply::Then::kClose}) {
    HttpTestServer server([then](const HttpTestRequest&) {
      return HttpTestReply{"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", then};
    });
    const Result result = Send(Request("GET", server.url() + "/"));
    EXPECT_THAT(result, StatusIs(absl::StatusCode::kUnavailable));
    EXPECT_TRUE(MayHaveArrived(result.status()));
  }
}

TEST_F(CurlHttpClientTest, GarbageIsUnavailable) {
  HttpTestServer server([](const HttpTestRequest&) {
    return HttpTestReply{"SSH-2.0-nothing\r\n\r\n", HttpTestReply::Then::kClose};
  });
  EXPECT_THAT(Send(Request("GET", server.url() + "/")), StatusIs(absl::StatusCode::kUnavailable));
}

TEST_F(CurlHttpClientTest, TooLargeAnswerIsGivenUp) {
  HttpTestServer server([](const HttpTestRequest& request) {
    if (request.target == "/headers") {
      return MakeReply(200, "",
                       "X-Long: " + std::string(90 << 10, 'a') +
                           "\r\nX-Long: " + std::string(90 << 10, 'b') +
                           "\r\nX-Long: " + std::string(90 << 10, 'c') + "\r\n");
    }
    return MakeReply(200, std::string(1001, 'x'));
  });
  HttpClientRequest request = Request("GET", server.url() + "/");
  request.response_bytes_max = 1001;
  EXPECT_OK(Send(request));
  request.response_bytes_max = 1000;
  EXPECT_THAT(Send(request), StatusIs(absl::StatusCode::kResourceExhausted));
  request.url = server.url() + "/headers";
  EXPECT_THAT(Send(request), StatusIs(absl::StatusCode::kResourceExhausted));
}

TEST_F(CurlHttpClientTest, TimeLimits) {
  std::promise<void> ended;
  std::shared_future<void> end = ended.get_future().share();
  HttpTestServer server([end](const HttpTestRequest& request) {
    if (request.target == "/stall")
      return HttpTestReply{"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"};
    end.wait_for(std::chrono::seconds(10));
    return MakeReply(200, "");
  });
  HttpClientRequest request = Request("GET", server.url() + "/never");
  request.total_timeout = absl::Milliseconds(200);
  absl::Time start = absl::Now();
  const Result late = Send(request);
  EXPECT_THAT(late, StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_TRUE(MayHaveArrived(late.status()));
  EXPECT_LT(absl::Now() - start, absl::Seconds(2));

  request = Request("GET", server.url() + "/stall");
  request.stall_timeout = absl::Seconds(1);
  start = absl::Now();
  EXPECT_THAT(Send(request), StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_LT(absl::Now() - start, absl::Seconds(8));  // libcurl's speed is a mean of five seconds
  ended.set_value();
}

TEST_F(CurlHttpClientTest, RedirectsAreFollowedOnlyWhenAsked) {
  HttpTestServer server([](const HttpTestRequest& request) {
    if (request.target == "/there") return MakeReply(200, "arrived");
    return MakeReply(301, "", "Location: /there\r\nX-First: 1\r\n");
  });
  HttpClientRequest request = Request("GET", server.url() + "/here");
  Result result = Send(request);
  ASSERT_OK(result);
  EXPECT_EQ(result->status, 301);
  request.follow_redirects = true;
  result = Send(request);
  ASSERT_OK(result);
  EXPECT_EQ(result->body, "arrived");
  EXPECT_EQ(result->Header("x-first"), "");
}

TEST_F(CurlHttpClientTest, DestroyingTheClientFailsWhatIsUnderWay) {
  std::promise<void> arrived;
  HttpTestServer server([&](const HttpTestRequest&) {
    arrived.set_value();
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    return MakeReply(200, "");
  });
  IoRuntime runtime(2);
  auto client = MakeCurlHttpClient(runtime.executor(), {});
  const HttpClientRequest request = Request("GET", server.url() + "/");
  std::promise<Result> done;
  boost::asio::co_spawn(
      runtime.executor(), client->Send(request),
      [&](std::exception_ptr, Result result) { done.set_value(std::move(result)); });
  arrived.get_future().wait();
  client.reset();
  EXPECT_THAT(done.get_future().get(),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("stopping")));
}

TEST_F(CurlHttpClientTest, RuntimeMayStopBeforeTheClientEnds) {
  HttpTestServer server([&](const HttpTestRequest&) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    return MakeReply(200, "");
  });
  const HttpClientRequest request = Request("GET", server.url() + "/");
  auto runtime = std::make_unique<IoRuntime>(1);
  auto client = MakeCurlHttpClient(runtime->executor(), {});
  boost::asio::co_spawn(runtime->executor(), client->Send(request),
                        [](std::exception_ptr, Result) { ADD_FAILURE() << "must not complete"; });
  std::this_thread::sleep_for(std::chrono::milliseconds(30));
  runtime->Stop();
  client.reset();
}

TEST_F(CurlHttpClientTest, HundredConcurrentRequestsShareAFewConnections) {
  HttpTestServer server([](const HttpTestRequest& request) {
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    return MakeReply(200, request.target + request.body);
  });
  IoRuntime runtime(4);
  HttpClientOptions options;
  options.connections_per_host_max = 8;
  auto client = MakeCurlHttpClient(runtime.executor(), options);
  const std::string payload(100000, 'p');
  std::vector<HttpClientRequest> requests;
  for (int i = 0; i < 100; ++i) {
    requests.push_back(Request("PUT", server.url() + "/" + std::to_string(i)));
    requests.back().body = {payload};
  }
  std::vector<std::promise<Result>> done(requests.size());
  for (size_t i = 0; i < requests.size(); ++i) {
    boost::asio::co_spawn(
        runtime.executor(), client->Send(requests[i]),
        [&done, i](std::exception_ptr, Result result) { done[i].set_value(std::move(result)); });
  }
  for (size_t i = 0; i < requests.size(); ++i) {
    const Result result = done[i].get_future().get();
    ASSERT_OK(result);
    EXPECT_TRUE(result->body == "/" + std::to_string(i) + payload) << i;
  }
  EXPECT_LE(server.connections(), 8);
}

class CurlTlsTest : public CurlHttpClientTest {
 protected:
  void SetUp() override {
    const std::string command =
        "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=test -addext "
        "subjectAltName=IP:127.0.0.1 -keyout " +
        dir_.File("key.pem") + " -out " + dir_.File("cert.pem") + " 2>/dev/null";
    ASSERT_EQ(std::system(command.c_str()), 0);
    server_ = std::make_unique<HttpTestServer>(
        [](const HttpTestRequest&) { return MakeReply(200, "secret"); }, dir_.File("cert.pem"),
        dir_.File("key.pem"));
  }
  testing::TempDir dir_;
  std::unique_ptr<HttpTestServer> server_;
};

TEST_F(CurlTlsTest, UntrustedCertificateIsRefused) {
  const Result result = Send(Request("GET", server_->url() + "/"));
  EXPECT_THAT(result, StatusIs(absl::StatusCode::kUnavailable, HasSubstr("certificate")));
  EXPECT_FALSE(MayHaveArrived(result.status()));
}

TEST_F(CurlTlsTest, CertificateOfAnotherHostIsRefused) {
  HttpClientOptions options;
  options.ca_file = dir_.File("cert.pem");
  UseOptions(options);
  EXPECT_THAT(Send(Request("GET", "https://localhost:" + std::to_string(server_->port()) + "/")),
              StatusIs(absl::StatusCode::kUnavailable));
}

TEST_F(CurlTlsTest, TrustedOrUncheckedCertificateIsTaken) {
  HttpClientOptions options;
  options.ca_file = dir_.File("cert.pem");
  UseOptions(options);
  Result result = Send(Request("GET", server_->url() + "/"));
  ASSERT_OK(result);
  EXPECT_EQ(result->body, "secret");
  options = {};
  options.verify_tls = false;
  UseOptions(options);
  EXPECT_OK(Send(Request("GET", server_->url() + "/")));
}

}  // namespace
}  // namespace hydrant
