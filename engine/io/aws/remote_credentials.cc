// Credentials of the container agent and of the instance metadata service.
#include "engine/io/aws/credential_sources.h"
#include "engine/io/aws/sigv4.h"

#include <absl/strings/ascii.h>
#include <absl/strings/match.h>
#include <boost/asio/ip/address.hpp>
#include <nlohmann/json.hpp>

#include <cstdlib>
#include <fstream>

namespace hydrant::aws {
namespace {

constexpr size_t kDocumentBytesMax = 64 << 10;

std::string Environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::string Trimmed(std::string_view text) {
  return std::string(FromAbsl(absl::StripAsciiWhitespace(ToAbsl(text))));
}

HttpClientRequest LinkLocalRequest(std::string method, std::string url) {
  HttpClientRequest request;
  request.method = std::move(method);
  request.url = std::move(url);
  request.connect_timeout = absl::Seconds(1);
  request.total_timeout = absl::Seconds(5);
  request.response_bytes_max = kDocumentBytesMax;
  request.bypass_proxy = true;
  return request;
}

asio::awaitable<StatusOr<std::string>> SendForText(HttpClient& http, HttpClientRequest request) {
  StatusOr<HttpClientResponse> response = co_await http.Send(request);
  if (!response.ok()) co_return response.status();
  if (response->status != 200) {
    co_return Unavailable("answered HTTP " + std::to_string(response->status));
  }
  co_return std::move(response->body);
}

std::string JsonText(const nlohmann::json& document, const char* name) {
  const auto found = document.find(name);
  return found != document.end() && found->is_string() ? found->get<std::string>() : "";
}

// Empty when there is none.
StatusOr<std::string> ContainerToken() {
  const std::string path = Environment("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
  if (path.empty()) return Environment("AWS_CONTAINER_AUTHORIZATION_TOKEN");
  std::ifstream file(path, std::ios::binary);
  std::string token(kDocumentBytesMax, '\0');
  file.read(token.data(), static_cast<std::streamsize>(token.size()));
  token.resize(static_cast<size_t>(file.gcount()));
  if (token.empty()) {
    return MakeStatus(
        absl::StatusCode::kUnauthenticated,
        "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE " + path + " can't be read or is empty");
  }
  return Trimmed(token);
}

std::string MetadataEndpoint() {
  std::string endpoint = Environment("AWS_EC2_METADATA_SERVICE_ENDPOINT");
  const bool ipv6 =
      absl::EqualsIgnoreCase(Environment("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE"), "ipv6");
  if (endpoint.empty()) endpoint = ipv6 ? "http://[fd00:ec2::254]" : "http://169.254.169.254";
  while (endpoint.ends_with('/')) endpoint.pop_back();
  return endpoint;
}

}  // namespace

bool IsAllowedContainerUri(std::string_view uri) {
  if (uri.starts_with("https://")) return true;
  if (!uri.starts_with("http://")) return false;
  std::string_view host = uri.substr(7);
  host = host.substr(0, host.find_first_of("/?#"));
  if (host.find('@') != host.npos) return false;
  if (host.starts_with('[')) {
    host = host.substr(1, host.find(']') - 1);
  } else {
    host = host.substr(0, host.find(':'));
  }
  if (host == "localhost") return true;
  boost::system::error_code error;
  const auto address = asio::ip::make_address(std::string(host), error);
  if (error) return false;
  return address.is_loopback() || host == "169.254.170.2" || host == "169.254.170.23" ||
         host == "fd00:ec2::23";
}

StatusOr<Credentials> ParseCredentialsDocument(const std::string& json) {
  const auto document = nlohmann::json::parse(json, nullptr, /*allow_exceptions=*/false);
  if (!document.is_object()) return Unavailable("the answer is not a JSON object");
  Credentials credentials{JsonText(document, "AccessKeyId"), JsonText(document, "SecretAccessKey"),
                          JsonText(document, "Token")};
  if (credentials.access_key_id.empty() || credentials.secret_access_key.empty()) {
    return Unavailable("the answer holds no access key");
  }
  const std::string expiration = JsonText(document, "Expiration");
  std::string error;
  if (!expiration.empty() &&
      !absl::ParseTime(absl::RFC3339_full, expiration, &credentials.expiration, &error)) {
    return Unavailable("the answer's Expiration is not a time");
  }
  return credentials;
}

asio::awaitable<StatusOr<Credentials>> ContainerCredentials(HttpClient& http) {
  const std::string relative = Environment("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
  const std::string full = Environment("AWS_CONTAINER_CREDENTIALS_FULL_URI");
  if (relative.empty() && full.empty()) {
    co_return NotFound("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI and _FULL_URI are not set");
  }
  const std::string uri = relative.empty() ? full : "http://169.254.170.2" + relative;
  if (!IsAllowedContainerUri(uri)) {
    co_return MakeStatus(
        absl::StatusCode::kUnauthenticated,
        "AWS_CONTAINER_CREDENTIALS_FULL_URI is neither https nor this machine's or "
        "the container agent's address");
  }
  HttpClientRequest request = LinkLocalRequest("GET", uri);
  CO_ASSIGN_OR_RETURN(std::string token, ContainerToken());
  if (!token.empty()) request.headers.emplace_back("Authorization", token);
  StatusOr<std::string> text = co_await SendForText(http, std::move(request));
  CO_RETURN_IF_ERROR(text.status());
  co_return ParseCredentialsDocument(*text);
}

asio::awaitable<StatusOr<Credentials>> InstanceCredentials(HttpClient& http) {
  if (absl::EqualsIgnoreCase(Environment("AWS_EC2_METADATA_DISABLED"), "true")) {
    co_return NotFound("AWS_EC2_METADATA_DISABLED is set");
  }
  const std::string endpoint = MetadataEndpoint();
  HttpClientRequest token_request = LinkLocalRequest("PUT", endpoint + "/latest/api/token");
  token_request.headers = {{"X-aws-ec2-metadata-token-ttl-seconds", "21600"}};
  StatusOr<std::string> token = co_await SendForText(http, std::move(token_request));
  // Away from EC2 nobody answers: that is no failure.
  if (!token.ok()) co_return NotFound(Message(token.status()));

  const std::string roles = endpoint + "/latest/meta-data/iam/security-credentials/";
  HttpClientRequest role_request = LinkLocalRequest("GET", roles);
  role_request.headers = {{"X-aws-ec2-metadata-token", *token}};
  StatusOr<std::string> role = co_await SendForText(http, std::move(role_request));
  if (!role.ok())
    co_return NotFound("the instance has no role (" + std::string(Message(role.status())) + ")");

  const std::string name = Trimmed(role->substr(0, role->find('\n')));
  HttpClientRequest request = LinkLocalRequest("GET", roles + UriEncode(name, false));
  request.headers = {{"X-aws-ec2-metadata-token", *token}};
  StatusOr<std::string> text = co_await SendForText(http, std::move(request));
  CO_RETURN_IF_ERROR(text.status());
  co_return ParseCredentialsDocument(*text);
}

}  // namespace hydrant::aws
