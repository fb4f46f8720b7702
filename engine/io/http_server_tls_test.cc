// Certificates that change under a listener, and clients that must show one of their own.
#include "engine/io/http_server_fixture.h"
#include "engine/testing/certificate.h"
#include "engine/testing/temp_dir.h"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>

#include <filesystem>
#include <fstream>
#include <thread>

namespace hydrant {
namespace {

using asio::ip::tcp;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using testing::StatusIs;

constexpr char kRequest[] = "GET /head HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";

class HttpServerTlsTest : public HttpServerTest {
 protected:
  HttpServerTlsTest() {
    testing::MakeCertificate(File("cert.pem"), File("key.pem"));
    testing::MakeCertificate(File("new-cert.pem"), File("new-key.pem"));
    testing::MakeCertificate(File("client.pem"), File("client-key.pem"));
    testing::MakeCertificate(File("stranger.pem"), File("stranger-key.pem"));
    options_.tls = {File("cert.pem"), File("key.pem")};
  }
  std::string File(const std::string& name) const { return dir_.File(name); }
  void Replace(const std::string& from, const std::string& to) const {
    std::filesystem::copy_file(File(from), File("next"));
    std::filesystem::rename(File("next"), File(to));
  }
  // The answer to a client that trusts the server's certificate `ca` alone; empty: there was none.
  std::string Ask(const std::string& ca, const std::string& client = "") {
    asio::io_context context;
    asio::ssl::context tls(asio::ssl::context::tls_client);
    tls.load_verify_file(File(ca));
    tls.set_verify_mode(asio::ssl::verify_peer);
    if (!client.empty()) {
      tls.use_certificate_chain_file(File(client + ".pem"));
      tls.use_private_key_file(File(client + "-key.pem"), asio::ssl::context::pem);
    }
    asio::ssl::stream<tcp::socket> stream(context, tls);
    stream.next_layer().connect({asio::ip::address_v4::loopback(), server_->port()});
    boost::system::error_code error;
    stream.handshake(asio::ssl::stream_base::client, error);
    if (!error) asio::write(stream, asio::buffer(std::string_view(kRequest)), error);
    std::string all;
    if (!error) asio::read(stream, asio::dynamic_buffer(all), error);
    return all;
  }

  testing::TempDir dir_;
  HttpServerOptions options_;
};

TEST_F(HttpServerTlsTest, ABadClientCaIsNamed) {
  for (const auto& [file, text] : {std::pair("none.pem", "No such file"),
                                   std::pair("key.pem", "holds no certificate in PEM form")}) {
    options_.tls.client_ca_file = File(file);
    EXPECT_THAT(MakeHttpServer(runtime_, pool_, options_, nullptr)->Start(),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(text)));
  }
}

TEST_F(HttpServerTlsTest, ClientsMustShowACertificateWhenAsked) {
  options_.tls.client_ca_file = File("client.pem");
  Start(options_);
  EXPECT_EQ(Ask("cert.pem"), "");
  EXPECT_EQ(Ask("cert.pem", "stranger"), "");
  EXPECT_EQ(handled_, 0);
  EXPECT_THAT(Ask("cert.pem", "client"), EndsWith("|tls"));
  EXPECT_EQ(handled_, 1);
}

TEST_F(HttpServerTlsTest, WhatCannotBeReadAgainLeavesTheOldOne) {
  Start(options_);
  Replace("new-cert.pem", "cert.pem");  // its key has not come yet
  EXPECT_THAT(server_->ReloadTls(),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("is not the key")));
  EXPECT_EQ(Ask("new-cert.pem"), "");
  Replace("new-key.pem", "key.pem");
  EXPECT_OK(server_->ReloadTls());
  EXPECT_THAT(Ask("new-cert.pem"), EndsWith("|tls"));
}

TEST_F(HttpServerTlsTest, FilesThatChangeAreReadWithoutBeingAsked) {
  std::filesystem::copy_file(File("cert.pem"), File("old-cert.pem"));
  Start(options_);
  EXPECT_THAT(Ask("old-cert.pem"), EndsWith("|tls"));
  Replace("new-key.pem", "key.pem");
  Replace("new-cert.pem", "cert.pem");
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  std::string answer;
  while (answer.empty() && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    answer = Ask("new-cert.pem");
  }
  EXPECT_THAT(answer, EndsWith("|tls"));
  EXPECT_EQ(Ask("old-cert.pem"), "");
}

}  // namespace
}  // namespace hydrant
