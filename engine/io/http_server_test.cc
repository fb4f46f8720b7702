// The server against raw sockets: bad input first, then what must work.
#include "engine/io/http_server_fixture.h"
#include "engine/testing/certificate.h"
#include "engine/testing/temp_dir.h"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <atomic>
#include <map>
#include <memory>
#include <sys/resource.h>
#include <sys/socket.h>
#include <thread>
#include <vector>

namespace hydrant {
namespace {

using asio::ip::tcp;
using ::hydrant::testing::RawClient;
using ::hydrant::testing::StatusIs;
using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

TEST_F(HttpServerTest, RefusesGarbageAndSmuggling) {
  Start();
  const std::string big(70000, 'a');
  const std::pair<std::string, const char*> cases[] = {
      {"\x16\x03\x01\x02hello", "400"},
      {"hello there\r\n", "400"},
      {"GET / HTTP/1.1\nHost: h\n\n", "505"},
      {"GET / HTTP/1.1\r\nHost: h\n\n", "400"},
      {"GET / HTTP/1.1\r\nHost: h\r\nBad Header: x\r\n\r\n", "400"},
      {"GET / HTTP/1.1\r\nHost : h\r\n\r\n", "400"},
      {"GET / HTTP/1.1\r\nHost: h\r\nX: a\r\n b\r\n\r\n", "400"},
      {"GET / HTTP/1.1\r\nHost: h\r\nX:\r\n b\r\n\r\n", "400"},
      {"GET / HTTP/1.1\r\n\r\n", "400"},
      {"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "400"},
      {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
       "400"},
      {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n",
       "400"},
      {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello", "400"},
      {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5, 6\r\n\r\nhello", "400"},
      {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: -5\r\n\r\nhello", "400"},
      {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0x5\r\n\r\nhello", "400"},
      {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999999999999999\r\n\r\n", "400"},
      {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n", "400"},
      {"POST /some HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "200"},
      {"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400"},
      {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", "501"},
      {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: xchunked\r\n\r\n", "501"},
      {"GET / HTTP/3.0\r\nHost: h\r\n\r\n", "505"},
      {"GET / HTTP/1.1\r\nHost: h\r\nExpect: cake\r\n\r\n", "417"},
      {"GET / HTTP/1.1\r\nHost: h\r\nX: " + big + "\r\n\r\n", "431"},
      {"GET /" + big, "431"},
  };
  for (const auto& [request, status] : cases) {
    EXPECT_THAT(AnswerAndClose(request), StartsWith(std::string("HTTP/1.1 ") + status))
        << request.substr(0, 200);
  }
  ExpectServing();
}

TEST_F(HttpServerTest, TakesSoManyHeadersAndNoMore) {
  Start();
  std::string head = "GET /head HTTP/1.1\r\nHost: h\r\n";
  for (int i = 0; i < 254; ++i) head += "X: y\r\n";
  RawClient client(server_->port());
  client.Send(head + "X-Probe: last\r\n\r\n");
  EXPECT_THAT(client.Receive(), AllOf(StartsWith("HTTP/1.1 200"), HasSubstr("|last|")));
  EXPECT_THAT(AnswerAndClose(head + "X: y\r\nX-Probe: one more\r\n\r\n"),
              StartsWith("HTTP/1.1 431"));
  ExpectServing();
}

TEST_F(HttpServerTest, TellsOneThatSendsTenMegabytesOfHeader) {
  Start();
  RawClient client(server_->port());
  client.Send("GET / HTTP/1.1\r\nHost: h\r\n");
  const std::string line = "X-Filler: " + std::string(9990, 'x') + "\r\n";
  for (int i = 0; i < 1000 && client.Send(line); ++i) {
  }
  EXPECT_THAT(client.Receive(), StartsWith("HTTP/1.1 431"));
  ExpectServing();
}

TEST_F(HttpServerTest, SlowHeadersAreTimedOut) {
  HttpServerOptions options;
  options.header_timeout = absl::Milliseconds(200);
  Start(options);
  RawClient client(server_->port());
  const absl::Time start = absl::Now();
  for (char c : std::string_view("GET / HT")) {
    client.Send({&c, 1});
    absl::SleepFor(absl::Milliseconds(40));
  }
  EXPECT_THAT(client.Receive(), StartsWith("HTTP/1.1 408"));
  EXPECT_TRUE(client.Ended());
  EXPECT_LT(absl::Now() - start, absl::Seconds(2));
  ExpectServing();
}

TEST_F(HttpServerTest, IdleConnectionsAreClosed) {
  HttpServerOptions options;
  options.idle_timeout = absl::Milliseconds(100);
  Start(options);
  RawClient never_used(server_->port());
  RawClient used(server_->port());
  used.Send("GET /head HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(used.Receive(), StartsWith("HTTP/1.1 200"));
  EXPECT_TRUE(never_used.Ended());
  EXPECT_TRUE(used.Ended());
}

TEST_F(HttpServerTest, HandlerThatThrowsOrIsSilentIs500AndTheConnectionLives) {
  Start();
  RawClient client(server_->port());
  for (const char* path : {"/throw", "/silent"}) {
    client.Send(std::string("POST ") + path +
                " HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc");
    EXPECT_THAT(client.Receive(), StartsWith("HTTP/1.1 500")) << path;
  }
  client.Send("GET /head HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(client.Receive(), StartsWith("HTTP/1.1 200"));
}

TEST_F(HttpServerTest, KeepAliveAndPipelining) {
  Start();
  RawClient client(server_->port());
  client.Send(
      "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\none"
      "POST /some HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\ntwo\r\n0\r\n\r\n"
      "\r\nGET /head?a=b HTTP/1.1\r\nHost: h\r\nX-Probe:  spaced \r\n\r\n"
      "POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: 4\r\n\r\nfour");
  EXPECT_THAT(client.Receive(), AllOf(EndsWith("\r\n\r\none"), Not(HasSubstr("Connection"))));
  EXPECT_THAT(client.Receive(), EndsWith("\r\n\r\ntwo"));
  EXPECT_THAT(client.Receive(), EndsWith("\r\n\r\nGET|a=b|spaced|127.0.0.1:|plain"));
  EXPECT_THAT(client.Receive(), AllOf(HasSubstr("Connection: close"), EndsWith("four")));
  EXPECT_TRUE(client.Ended());
}

TEST_F(HttpServerTest, SameAnswersHoweverTheBytesArrive) {
  Start();
  const std::string requests =
      "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello"
      "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
      "2;x=y\r\nwo\r\n3\r\nrld\r\n0\r\nTrailer: t\r\n\r\n"
      "POST /some HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n0123456789";
  RawClient byte_by_byte(server_->port());
  for (char c : requests) {
    byte_by_byte.Send({&c, 1});
    if (c == 'l') absl::SleepFor(absl::Milliseconds(1));
  }
  EXPECT_THAT(byte_by_byte.Receive(), EndsWith("\r\n\r\nhello"));
  EXPECT_THAT(byte_by_byte.Receive(), EndsWith("\r\n\r\nworld"));
  EXPECT_THAT(byte_by_byte.Receive(), EndsWith("\r\n\r\n0123456789"));
  for (size_t cut = 1; cut < requests.size(); ++cut) {
    RawClient client(server_->port());
    client.Send(requests.substr(0, cut));
    if (cut % 8 == 0) absl::SleepFor(absl::Milliseconds(1));
    client.Send(requests.substr(cut));
    EXPECT_THAT(client.Receive(), EndsWith("\r\n\r\nhello"));
    EXPECT_THAT(client.Receive(), EndsWith("\r\n\r\nworld"));
    EXPECT_THAT(client.Receive(), EndsWith("\r\n\r\n0123456789")) << cut;
  }
}

// Ordinary clients read no answer before they have sent all of their request.
TEST_F(HttpServerTest, HeadHasNoBodyAndHttp10Closes) {
  Start();
  RawClient client(server_->port());
  client.Send("HEAD /unread HTTP/1.1\r\nHost: h\r\n\r\nGET /unread HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(client.Receive(/*head_only=*/true), HasSubstr("Content-Length: 6"));
  EXPECT_THAT(client.Receive(), AllOf(HasSubstr("Server: hydrant"), EndsWith("\r\n\r\nunread")));

  EXPECT_THAT(AnswerAndClose("GET /unread HTTP/1.0\r\n\r\n"), HasSubstr("Connection: close"));
  RawClient old(server_->port());
  for (int i = 0; i < 2; ++i) {
    old.Send("GET /unread HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    EXPECT_THAT(old.Receive(), HasSubstr("Connection: keep-alive"));
  }
}

TEST_F(HttpServerTest, TwoHundredConnectionsAtOnce) {
  Start();
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 200; ++i) clients.push_back(std::make_unique<RawClient>(server_->port()));
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 200; ++i) {
      const std::string body = std::to_string(round * 1000 + i) + std::string(i * 50, '.');
      clients[i]->Send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: " +
                       std::to_string(body.size()) + "\r\n\r\n" + body);
    }
    for (int i = 0; i < 200; ++i) {
      const std::string body = std::to_string(round * 1000 + i) + std::string(i * 50, '.');
      EXPECT_THAT(clients[i]->Receive(), EndsWith("\r\n\r\n" + body));
    }
  }
  EXPECT_EQ(handled_, 600);
}

// Where connections that live long are, it stays: so they must be spread evenly, also when some have ended.
TEST_F(HttpServerTest, ConnectionsAreSpreadOverTheThreads) {
  Start();
  const auto thread_of = [](testing::RawClient& client) {
    client.Send("GET /thread HTTP/1.1\r\nHost: h\r\n\r\n");
    const std::string answer = client.Receive();
    return answer.substr(answer.find("\r\n\r\n") + 4);
  };
  std::map<std::string, std::vector<std::unique_ptr<testing::RawClient>>> by_thread;
  const auto connect = [&] {
    auto client = std::make_unique<testing::RawClient>(server_->port());
    const std::string thread = thread_of(*client);
    by_thread[thread].push_back(std::move(client));
  };
  for (int i = 0; i < 6; ++i) connect();
  ASSERT_EQ(by_thread.size(), 2u);
  for (const auto& [thread, clients] : by_thread) EXPECT_EQ(clients.size(), 3u) << thread;

  auto& ended = by_thread.begin()->second;
  for (auto& client : ended) {
    client->Send("GET /thread HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    client->Receive();
    EXPECT_TRUE(client->Ended());
  }
  ended.clear();
  for (int i = 0; i < 4; ++i) connect();
  // Its loop may have been chosen before the three were gone.
  EXPECT_GE(ended.size(), 2u);
}

TEST_F(HttpServerTest, TooManyConnections) {
  HttpServerOptions options;
  options.connections_max = 2;
  Start(options);
  RawClient busy1(server_->port());
  RawClient busy2(server_->port());
  for (RawClient* client : {&busy1, &busy2}) {
    client->Send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nx");
  }
  while (server_->active_requests() < 2) absl::SleepFor(absl::Milliseconds(1));
  EXPECT_THAT(AnswerAndClose("GET /head HTTP/1.1\r\nHost: h\r\n\r\n"),
              AllOf(StartsWith("HTTP/1.1 503"), HasSubstr("Retry-After")));
  for (RawClient* client : {&busy1, &busy2}) {
    client->Send("y");
    EXPECT_THAT(client->Receive(), EndsWith("\r\n\r\nxy"));
    // The server notes that a connection is idle a moment after its client has the answer.
    absl::SleepFor(absl::Milliseconds(50));
  }
  // Now both are idle: the one that is so for longer makes room.
  ExpectServing();
  EXPECT_TRUE(busy1.Ended());
  busy2.Send("GET /head HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(busy2.Receive(), StartsWith("HTTP/1.1 200"));
}

TEST_F(HttpServerTest, SurvivesRunningOutOfFileDescriptors) {
  Start();
  rlimit before;
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  RawClient client(server_->port());
  RawClient waiting(server_->port());
  ExpectServing();
  const int next = dup(0);
  close(next);
  const rlimit tight{static_cast<rlim_t>(next) + 1, before.rlim_max};
  // One descriptor is left: the client's own; accepting its connection then fails.
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &tight), 0);
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(server_->port());
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int connected = connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address);
  absl::SleepFor(absl::Milliseconds(250));
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
  close(fd);
  EXPECT_EQ(connected, 0);
  ExpectServing();
}

TEST_F(HttpServerTest, StopAcceptingLetsRequestsFinish) {
  Start();
  RawClient idle(server_->port());
  RawClient busy(server_->port());
  busy.Send("GET /slow HTTP/1.1\r\nHost: h\r\n\r\n");
  while (server_->active_requests() < 1) absl::SleepFor(absl::Milliseconds(1));
  server_->StopAccepting();
  EXPECT_TRUE(idle.Ended());
  EXPECT_EQ(server_->active_requests(), 1);
  EXPECT_THAT(busy.Receive(), AllOf(HasSubstr("Connection: close"), EndsWith("slow")));
  EXPECT_TRUE(busy.Ended());
  EXPECT_THROW(RawClient(server_->port()), boost::system::system_error);
  for (int i = 0; i < 1000 && server_->active_requests() > 0; ++i) {
    absl::SleepFor(absl::Milliseconds(1));
  }
  EXPECT_EQ(server_->active_requests(), 0);
}

TEST_F(HttpServerTest, CloseEndsEveryConnection) {
  Start();
  RawClient idle(server_->port());
  RawClient busy(server_->port());
  busy.Send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nx");
  while (server_->active_requests() < 1) absl::SleepFor(absl::Milliseconds(1));
  server_->Close();
  EXPECT_TRUE(idle.Ended());
  EXPECT_EQ(busy.Receive(), "");
}

TEST_F(HttpServerTest, BadAddressesAndPortsInUseAreNamed) {
  Start();
  HttpServerOptions options;
  options.port = server_->port();
  const auto start = [&] { return MakeHttpServer(runtime_, pool_, options, nullptr)->Start(); };
  EXPECT_THAT(start(), StatusIs(absl::StatusCode::kUnavailable,
                                AllOf(HasSubstr("127.0.0.1:" + std::to_string(options.port)),
                                      HasSubstr("in use"), HasSubstr("choose another"))));
  options.address = "192.0.2.1";
  EXPECT_THAT(start(), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("192.0.2.1")));
  options.address = "no such host";
  EXPECT_THAT(start(), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("no such host")));
  options.tls.certificate_file = "/nowhere/cert.pem";
  EXPECT_THAT(start(),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("/nowhere/cert.pem")));
}

// Nobody is there to type a pass phrase: the key is refused, and the terminal is left alone.
TEST_F(HttpServerTest, EncryptedKeyIsRefused) {
  testing::TempDir dir;
  testing::MakeCertificate(dir.File("cert.pem"), dir.File("key.pem"));
  testing::MakeKey(dir.File("encrypted.pem"), "phrase");
  HttpServerOptions options;
  options.tls = {dir.File("cert.pem"), dir.File("encrypted.pem")};
  EXPECT_THAT(MakeHttpServer(runtime_, pool_, options, nullptr)->Start(),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       AllOf(HasSubstr("encrypted.pem"), HasSubstr("pass phrase"))));
}

TEST_F(HttpServerTest, Tls) {
  testing::TempDir dir;
  testing::MakeCertificate(dir.File("cert.pem"), dir.File("key.pem"));
  testing::MakeCertificate(dir.File("other.pem"), dir.File("other-key.pem"));
  HttpServerOptions options;
  options.tls = {dir.File("cert.pem"), dir.File("other-key.pem")};
  EXPECT_THAT(MakeHttpServer(runtime_, pool_, options, nullptr)->Start(),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("key")));
  options.tls.private_key_file = dir.File("key.pem");
  options.header_timeout = absl::Milliseconds(500);
  Start(options);

  RawClient plain(server_->port());  // ends in the handshake
  plain.Send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  plain.Receive();
  RawClient silent(server_->port());
  EXPECT_TRUE(silent.Ended());

  asio::io_context context;
  asio::ssl::context tls(asio::ssl::context::tls_client);
  tls.load_verify_file(dir.File("cert.pem"));
  tls.set_verify_mode(asio::ssl::verify_peer);
  const auto connect = [&](asio::ssl::stream<tcp::socket>& stream) {
    stream.next_layer().connect({asio::ip::address_v4::loopback(), server_->port()});
    boost::system::error_code error;
    stream.handshake(asio::ssl::stream_base::client, error);
    return error;
  };
  asio::ssl::stream<tcp::socket> stream(context, tls);
  ASSERT_FALSE(connect(stream));
  const std::string body(500000, 'x');
  asio::write(stream,
              asio::buffer("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 500000\r\n\r\n" + body +
                           "GET /head HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"));
  std::string all;
  boost::system::error_code error;
  asio::read(stream, asio::dynamic_buffer(all), error);
  EXPECT_EQ(error, asio::error::eof);  // closed by close_notify, not cut
  EXPECT_THAT(all, AllOf(HasSubstr("\r\n\r\n" + body + "HTTP/1.1 200"), EndsWith("|tls")));

  SSL_CTX_set_max_proto_version(tls.native_handle(), TLS1_1_VERSION);
  asio::ssl::stream<tcp::socket> old(context, tls);
  EXPECT_TRUE(connect(old));
}

TEST_F(HttpServerTest, ListensOnIpv6WhereThereIs) {
  HttpServerOptions options;
  options.address = "::1";
  server_ = MakeHttpServer(runtime_, pool_, options, [this](HttpExchange& e) { return Handle(e); });
  const Status started = server_->Start();
  if (!started.ok()) GTEST_SKIP() << started.ToString();
  asio::io_context context;
  tcp::socket socket(context);
  socket.connect({asio::ip::address_v6::loopback(), server_->port()});
}

}  // namespace
}  // namespace hydrant
