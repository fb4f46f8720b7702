// The PEM files of TLS: loaded into a server's context, or only looked at.
// Owner:   any thread
// Errors:  told as a problem of one setting: never bytes of a file
#pragma once

#include "engine/io/http_server.h"

#include <optional>
#include <string>

namespace boost::asio::ssl {
class context;
}

namespace hydrant {

struct TlsFileProblem {
  std::string setting;  // "tls.private_key_file"
  std::string file;
  std::string rule;  // "holds no private key in PEM form"
  std::string mend;
};

// The certificate chain, its key and the authorities of clients, into `context`.
std::optional<TlsFileProblem> LoadTlsFiles(const HttpTlsOptions& options,
                                           asio::ssl::context& context);
// Whether a server could be started with them.
std::optional<TlsFileProblem> CheckTlsFiles(const HttpTlsOptions& options);
// Whether a file of authorities (`setting`) can be read and holds any.
std::optional<TlsFileProblem> CheckCaFile(const std::string& setting, const std::string& file);

// "tls.private_key_file: FILE holds no private key in PEM form; are the two files swapped?"
std::string Describe(const TlsFileProblem& problem);

}  // namespace hydrant
