#include "app/version_command.h"

#include "app/commands.h"
#include "app/git_revision.h"

#include <CLI/CLI.hpp>
#include <absl/base/config.h>
#include <boost/version.hpp>
#include <curl/curl.h>
#include <isa-l.h>
#include <nlohmann/json.hpp>
#include <openssl/crypto.h>
#include <simdjson.h>
#include <spdlog/version.h>
#include <zlib.h>
#include <zstd.h>

namespace hydrant {
namespace {

std::string Dotted(long major, long minor, long patch) {
  return std::to_string(major) + "." + std::to_string(minor) + "." + std::to_string(patch);
}

void PrintVersion(std::ostream& out) {
  out << "hydrant " << Version() << " (" << Revision() << ")\n";
#if defined(__clang__)
  out << "compiler   clang " << __clang_version__ << "\n";
#else
  out << "compiler   g++ " << __VERSION__ << "\n";
#endif
  out << "absl       " << ABSL_LTS_RELEASE_VERSION << "\n"
      << "boost      "
      << Dotted(BOOST_VERSION / 100000, BOOST_VERSION / 100 % 1000, BOOST_VERSION % 100) << "\n"
      << "caf        " << HYDRANT_CAF_VERSION << "\n"
      << "curl       " << curl_version_info(CURLVERSION_NOW)->version << "\n"
      << "isa-l      " << Dotted(ISAL_MAJOR_VERSION, ISAL_MINOR_VERSION, ISAL_PATCH_VERSION) << "\n"
      << "openssl    " << OpenSSL_version(OPENSSL_VERSION) << "\n"
      << "simdjson   " << SIMDJSON_STRINGIFY(SIMDJSON_VERSION) << "\n"
      << "spdlog     " << Dotted(SPDLOG_VER_MAJOR, SPDLOG_VER_MINOR, SPDLOG_VER_PATCH) << "\n"
      << "zlib       " << zlibVersion() << "\n"
      << "zstd       " << ZSTD_versionString() << "\n";
}

}  // namespace

std::string Version() { return HYDRANT_VERSION; }

std::string Revision() { return HYDRANT_GIT_REVISION; }

void AddVersionCommand(CLI::App& app, CommandContext& context) {
  app.add_flag_callback(
      "--version",
      [&context] {
        PrintVersion(context.console.out);
        throw CLI::Success();
      },
      "The same as \"hydrant version\"");
  CLI::App* command =
      app.add_subcommand("version", "Version, revision, compiler and libraries of this binary");
  command->footer("Examples:\n  hydrant version");
  command->callback([&context] { PrintVersion(context.console.out); });
}

}  // namespace hydrant
