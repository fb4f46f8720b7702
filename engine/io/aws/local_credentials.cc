// Credentials of the environment and the shared files.
#include "engine/io/aws/credential_sources.h"
#include "engine/io/aws/shared_files.h"

#include <cstdlib>
#include <fstream>
#include <optional>

namespace hydrant::aws {
namespace {

constexpr size_t kFileBytesMax = 1 << 20;

std::string Environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::string FilePath(const char* variable, const char* name) {
  const std::string given = Environment(variable);
  if (given.starts_with("~/")) return Environment("HOME") + given.substr(1);
  return given.empty() ? Environment("HOME") + "/.aws/" + name : given;
}

std::optional<std::string> ReadSmallFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  std::string text(kFileBytesMax, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<size_t>(file.gcount()));
  return text;
}

StatusOr<Credentials> FromProfile(std::map<std::string, std::string>& settings,
                                  const std::string& where) {
  Credentials credentials{settings["aws_access_key_id"], settings["aws_secret_access_key"],
                          settings["aws_session_token"]};
  if (credentials.access_key_id.empty() && credentials.secret_access_key.empty()) {
    return NotFound(where + " holds no access key");
  }
  if (credentials.access_key_id.empty() || credentials.secret_access_key.empty()) {
    return MakeStatus(absl::StatusCode::kUnauthenticated,
                      where + " holds only one of aws_access_key_id and aws_secret_access_key");
  }
  return credentials;
}

}  // namespace

StatusOr<Credentials> EnvironmentCredentials() {
  Credentials credentials{Environment("AWS_ACCESS_KEY_ID"), Environment("AWS_SECRET_ACCESS_KEY"),
                          Environment("AWS_SESSION_TOKEN")};
  if (credentials.access_key_id.empty() && credentials.secret_access_key.empty()) {
    return NotFound("AWS_ACCESS_KEY_ID is not set");
  }
  if (credentials.access_key_id.empty() || credentials.secret_access_key.empty()) {
    return MakeStatus(absl::StatusCode::kUnauthenticated,
                      "only one of AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY is set");
  }
  return credentials;
}

StatusOr<Credentials> SharedFileCredentials() {
  const std::string chosen = Environment("AWS_PROFILE");
  const std::string profile = chosen.empty() ? "default" : chosen;
  const struct {
    std::string path;
    SharedFileKind kind;
  } files[] = {
      {FilePath("AWS_SHARED_CREDENTIALS_FILE", "credentials"), SharedFileKind::kCredentials},
      {FilePath("AWS_CONFIG_FILE", "config"), SharedFileKind::kConfig}};
  std::string tried;
  bool profile_found = false;
  for (const auto& file : files) {
    const std::string where = "profile " + profile + " of " + file.path;
    auto text = ReadSmallFile(file.path);
    auto settings = text ? ParseProfile(*text, file.kind, profile) : std::nullopt;
    std::string reason = text ? where + " does not exist" : file.path + " can't be read";
    if (settings) {
      profile_found = true;
      StatusOr<Credentials> credentials = FromProfile(*settings, where);
      if (!absl::IsNotFound(credentials.status())) return credentials;
      reason = Message(credentials.status());
    }
    tried += (tried.empty() ? "" : ", ") + reason;
  }
  // A profile that was asked for by name must not be replaced by some other identity in silence.
  if (!chosen.empty() && !profile_found) {
    return MakeStatus(absl::StatusCode::kUnauthenticated, "AWS_PROFILE is set, but " + tried);
  }
  return NotFound(tried);
}

}  // namespace hydrant::aws
