// Endpoint: where requests go: the parts of its URL, its addresses, and what TLS needs.
// Owner:   immutable once made; any thread
// Errors:  ParseEndpoint: kInvalidArgument: not http(s)://HOST[:PORT][/PATH];
//          FindAddresses: kUnavailable: the name is not known;
//          MakeTlsContext: kInvalidArgument names the file that can't be used
#pragma once

#include "engine/base/status.h"

#include <memory>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <vector>

using SSL_CTX = struct ssl_ctx_st;

namespace hydrant::load {

struct Endpoint {
  bool tls = false;
  std::string host;       // without brackets
  std::string port;       // a number
  std::string authority;  // as the Host header has it: without the scheme's own port
  std::string path;       // without a '/' at its end: empty, or "/below"

  std::string Url() const;
};

StatusOr<Endpoint> ParseEndpoint(std::string_view url);

struct Address {
  sockaddr_storage storage{};
  socklen_t size = 0;
};

StatusOr<std::vector<Address>> FindAddresses(const Endpoint& endpoint);

struct TlsPaths {
  std::string ca_file;  // empty: the system's
  std::string client_certificate_file;
  std::string client_key_file;
};

StatusOr<std::shared_ptr<SSL_CTX>> MakeTlsContext(const TlsPaths& files);

}  // namespace hydrant::load
