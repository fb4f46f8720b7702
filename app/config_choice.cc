#include "app/config_choice.h"

#include "engine/build_support.h"
#include "engine/config/yaml_config.h"
#include "engine/io/listen_address.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <cerrno>
#include <fstream>
#include <sstream>
#include <sys/stat.h>

namespace hydrant {
namespace {

constexpr char kDefaultFile[] = "hydrant.yaml";

bool Exists(const std::string& path) {
  struct stat info {};
  return stat(path.c_str(), &info) == 0;
}

StatusOr<std::string> ReadFile(const std::string& path) {
  struct stat info {};
  if (stat(path.c_str(), &info) != 0) return ErrnoStatus(errno, path);
  if (S_ISDIR(info.st_mode)) return InvalidArgument(path + " is a directory, not a file");
  std::ifstream file(path, std::ios::binary);
  if (!file) return ErrnoStatus(errno, path);
  std::ostringstream text;
  text << file.rdbuf();
  if (file.bad()) return ErrnoStatus(errno, path);
  return std::move(text).str();
}

}  // namespace

void AddConfigOptions(CLI::App& command, ConfigChoice& choice) {
  command.add_option("--config", choice.file,
                     "Configuration file (default: ./hydrant.yaml if it is there)");
  command.add_option("--set", choice.overrides, "Override a setting: --set log.durability=os")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
}

StatusOr<ChosenConfig> LoadChosenConfig(const ConfigChoice& choice, ConfigCheck check) {
  ConfigSource source;
  source.overrides = choice.overrides;
  source.support = BuiltInSupport();
  source.check_files = check == ConfigCheck::kWithFiles;
  ChosenConfig chosen;
  chosen.origin = "built-in defaults";
  if (!choice.file.empty() || Exists(kDefaultFile)) {
    source.name = choice.file.empty() ? kDefaultFile : choice.file;
    chosen.origin = source.name;
    ASSIGN_OR_RETURN(source.text, ReadFile(source.name));
  }
  ConfigResult result = ReadConfig(source);
  std::string problems;
  for (const ConfigError& error : result.errors) problems += FormatConfigError(error) + "\n";
  if (!problems.empty()) {
    problems.pop_back();
    return InvalidArgument(problems);
  }
  chosen.config = std::move(result.config);
  chosen.config.file = source.name;
  return chosen;
}

std::string LocalUrl(const std::string& address, bool tls) {
  const auto parsed = ParseListenAddress(address);
  if (!parsed.ok()) return address;  // no configuration that was read holds such a one
  auto [host, port] = *parsed;
  if (host == "0.0.0.0") host = "127.0.0.1";
  if (host == "::") host = "::1";
  if (host.find(':') != std::string::npos) host = "[" + host + "]";
  return (tls ? "https://" : "http://") + host + ":" + std::to_string(port);
}

void AddAdminOption(CLI::App& command, std::string& url) {
  command.add_option(
      "--admin", url,
      "URL of the node's operation listener (default: `admin` of the configuration)");
}

StatusOr<std::string> AdminUrl(std::string given, const ConfigChoice& choice) {
  if (given.empty()) {
    ASSIGN_OR_RETURN(const ChosenConfig chosen, LoadChosenConfig(choice));
    given = LocalUrl(chosen.config.admin, /*tls=*/false);
  }
  while (given.ends_with('/')) given.pop_back();
  return given;
}

std::string AdminErrorOf(std::string_view body) {
  const auto answer = nlohmann::json::parse(body, nullptr, /*allow_exceptions=*/false);
  const auto error = answer.find("error");  // no map: the end
  if (error == answer.end() || !error->is_string()) return "";
  return error->get<std::string>();
}

}  // namespace hydrant
