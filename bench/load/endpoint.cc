#include "bench/load/endpoint.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <cstring>
#include <netdb.h>

namespace hydrant::load {
namespace {

Status TlsFault(const std::string& what) {
  char text[256] = "unknown";
  if (const unsigned long code = ERR_get_error(); code != 0) {
    ERR_error_string_n(code, text, sizeof text);
  }
  ERR_clear_error();
  return InvalidArgument(what + ": " + text);
}

bool IsPort(std::string_view text) {
  return !text.empty() && text.size() <= 5 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; }) &&
         std::stoi(std::string(text)) >= 1 && std::stoi(std::string(text)) <= 65535;
}

}  // namespace

std::string Endpoint::Url() const { return (tls ? "https://" : "http://") + authority + path; }

StatusOr<Endpoint> ParseEndpoint(std::string_view url) {
  const Status fault = InvalidArgument("--endpoint " + std::string(url) +
                                       ": must be http(s)://HOST[:PORT][/PATH] and nothing else");
  Endpoint endpoint;
  endpoint.tls = url.starts_with("https://");
  if (!endpoint.tls && !url.starts_with("http://")) return fault;
  url.remove_prefix(endpoint.tls ? 8 : 7);
  if (url.find_first_of("?#@ \r\n") != url.npos) return fault;
  while (url.ends_with('/')) url.remove_suffix(1);
  const size_t slash = std::min(url.find('/'), url.size());
  const std::string_view authority = url.substr(0, slash);
  endpoint.path = url.substr(slash);
  const size_t bracket = authority.starts_with('[') ? authority.find(']') : 0;
  if (bracket == authority.npos) return fault;
  const size_t colon = std::min(authority.find(':', bracket), authority.size());
  std::string_view host = authority.substr(0, colon);
  const std::string_view own_port = endpoint.tls ? "443" : "80";
  const std::string_view port = colon < authority.size() ? authority.substr(colon + 1) : own_port;
  if (host.empty() || !IsPort(port)) return fault;
  endpoint.port = port;
  endpoint.authority = port == own_port ? host : authority;
  if (host.starts_with('[')) host = host.substr(1, bracket - 1);
  endpoint.host = host;
  return endpoint;
}

StatusOr<std::vector<Address>> FindAddresses(const Endpoint& endpoint) {
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  const int code = getaddrinfo(endpoint.host.c_str(), endpoint.port.c_str(), &wanted, &list);
  if (code != 0) {
    return Unavailable("--endpoint: " + endpoint.host + ": " + gai_strerror(code));
  }
  std::vector<Address> addresses;
  for (const addrinfo* entry = list; entry != nullptr; entry = entry->ai_next) {
    Address address;
    std::memcpy(&address.storage, entry->ai_addr, entry->ai_addrlen);
    address.size = entry->ai_addrlen;
    addresses.push_back(address);
  }
  freeaddrinfo(list);
  return addresses;
}

StatusOr<std::shared_ptr<SSL_CTX>> MakeTlsContext(const TlsPaths& files) {
  std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_client_method()), &SSL_CTX_free);
  if (context == nullptr) return TlsFault("TLS");
  SSL_CTX* tls = context.get();
  SSL_CTX_set_min_proto_version(tls, TLS1_2_VERSION);
  SSL_CTX_set_verify(tls, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_mode(tls, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  const bool authorities = files.ca_file.empty() ? SSL_CTX_set_default_verify_paths(tls) == 1
                                                 : SSL_CTX_load_verify_locations(
                                                       tls, files.ca_file.c_str(), nullptr) == 1;
  if (!authorities) return TlsFault("--ca-file " + files.ca_file);
  if (files.client_certificate_file.empty()) return context;
  if (SSL_CTX_use_certificate_chain_file(tls, files.client_certificate_file.c_str()) != 1) {
    return TlsFault("--client-cert " + files.client_certificate_file);
  }
  if (SSL_CTX_use_PrivateKey_file(tls, files.client_key_file.c_str(), SSL_FILETYPE_PEM) != 1) {
    return TlsFault("--client-key " + files.client_key_file);
  }
  return context;
}

}  // namespace hydrant::load
