#include "engine/io/tls_files.h"

#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/error.hpp>
#include <openssl/err.h>
#include <openssl/x509err.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <memory>

namespace hydrant {
namespace {

using boost::system::error_code;

constexpr size_t kFileBytesMax = 1 << 20;
constexpr char kCertificateSetting[] = "tls.certificate_file";
constexpr char kKeySetting[] = "tls.private_key_file";
constexpr char kClientCaSetting[] = "tls.client_ca_file";
// How the lines end that begin a certificate ("TRUSTED CERTIFICATE" too) and a key of any kind.
constexpr std::string_view kCertificateMark = "CERTIFICATE-----";
constexpr std::string_view kKeyMark = "PRIVATE KEY-----";

bool Holds(std::string_view pem, std::string_view mark) { return pem.find(mark) != pem.npos; }

// The whole file, or what is wrong with it.
std::optional<TlsFileProblem> ReadPem(const std::string& setting, const std::string& file,
                                      std::string& pem) {
  errno = 0;
  std::ifstream stream(file, std::ios::binary);
  pem.resize(kFileBytesMax + 1);
  if (stream) stream.read(pem.data(), static_cast<std::streamsize>(pem.size()));
  if (!stream.is_open() || stream.bad()) {
    const bool forbidden = errno == EACCES || errno == EPERM;
    return TlsFileProblem{setting, file, std::string("cannot be read: ") + std::strerror(errno),
                          forbidden ? "let hydrant's user read it" : "name the file that there is"};
  }
  pem.resize(static_cast<size_t>(stream.gcount()));
  if (pem.size() <= kFileBytesMax) return std::nullopt;
  return TlsFileProblem{setting, file, "is larger than 1 MiB", "name a PEM file"};
}

std::string OrSwapped(std::string_view pem, std::string_view other_mark, std::string_view mend) {
  return std::string(Holds(pem, other_mark) ? "are the two files swapped?" : mend);
}

std::optional<TlsFileProblem> LoadCertificate(const std::string& file,
                                              asio::ssl::context& context) {
  std::string pem;
  if (auto problem = ReadPem(kCertificateSetting, file, pem)) return problem;
  if (!Holds(pem, kCertificateMark)) {
    return TlsFileProblem{
        kCertificateSetting, file, "holds no certificate in PEM form",
        OrSwapped(pem, kKeyMark, "write the server's certificate and its chain into it")};
  }
  error_code error;
  context.use_certificate_chain(asio::buffer(pem), error);
  if (!error) return std::nullopt;
  return TlsFileProblem{kCertificateSetting, file,
                        "holds a certificate that cannot be used: " + error.message(),
                        "look at it with: openssl x509 -in FILE -noout -text"};
}

bool IsMismatch(const error_code& error) {
  if (error.category() != asio::error::get_ssl_category()) return false;
  const auto code = static_cast<unsigned long>(error.value());
  const int reason = ERR_GET_REASON(code);
  return ERR_GET_LIB(code) == ERR_LIB_X509 &&
         (reason == X509_R_KEY_VALUES_MISMATCH || reason == X509_R_KEY_TYPE_MISMATCH);
}

std::optional<TlsFileProblem> LoadKey(const HttpTlsOptions& options, asio::ssl::context& context) {
  const std::string& file = options.private_key_file;
  std::string pem;
  if (auto problem = ReadPem(kKeySetting, file, pem)) return problem;
  if (!Holds(pem, kKeyMark)) {
    return TlsFileProblem{kKeySetting, file, "holds no private key in PEM form",
                          OrSwapped(pem, kCertificateMark, "write the certificate's key into it")};
  }
  // Without a callback of ours OpenSSL asks for a pass phrase on the terminal and waits for it.
  auto encrypted = std::make_shared<bool>(false);
  error_code error;
  context.set_password_callback(
      [encrypted](std::size_t, asio::ssl::context::password_purpose) {
        *encrypted = true;
        return std::string();
      },
      error);
  context.use_private_key(asio::buffer(pem), asio::ssl::context::pem, error);
  if (*encrypted) {
    return TlsFileProblem{kKeySetting, file, "is encrypted with a pass phrase",
                          "give the key without one (openssl pkey -in KEY -out PLAIN_KEY)"};
  }
  // A key of another kind (RSA, EC) than the certificate's is only found out by the last check.
  const bool pair = !error && SSL_CTX_check_private_key(context.native_handle()) == 1;
  if (pair) return std::nullopt;
  if (!error || IsMismatch(error)) {
    return TlsFileProblem{kKeySetting, file,
                          "is not the key of the certificate in " + options.certificate_file,
                          "give the key that the certificate was made for"};
  }
  return TlsFileProblem{kKeySetting, file, "holds a key that cannot be used: " + error.message(),
                        "look at it with: openssl pkey -in FILE -noout -check"};
}

std::optional<TlsFileProblem> ReadAuthorities(const std::string& setting, const std::string& file,
                                              std::string& pem) {
  if (auto problem = ReadPem(setting, file, pem)) return problem;
  if (Holds(pem, kCertificateMark)) return std::nullopt;
  return TlsFileProblem{setting, file, "holds no certificate in PEM form",
                        "write the authorities' certificates into it"};
}

std::optional<TlsFileProblem> LoadClientCa(const std::string& file, asio::ssl::context& context) {
  std::string pem;
  if (auto problem = ReadAuthorities(kClientCaSetting, file, pem)) return problem;
  error_code error;
  context.add_certificate_authority(asio::buffer(pem), error);
  if (error) {
    return TlsFileProblem{kClientCaSetting, file,
                          "holds a certificate that cannot be used: " + error.message(),
                          "look at it with: openssl x509 -in FILE -noout -text"};
  }
  context.set_verify_mode(asio::ssl::verify_peer | asio::ssl::verify_fail_if_no_peer_cert, error);
  return std::nullopt;
}

}  // namespace

std::optional<TlsFileProblem> LoadTlsFiles(const HttpTlsOptions& options,
                                           asio::ssl::context& context) {
  if (auto problem = LoadCertificate(options.certificate_file, context)) return problem;
  if (auto problem = LoadKey(options, context)) return problem;
  if (options.client_ca_file.empty()) return std::nullopt;
  return LoadClientCa(options.client_ca_file, context);
}

std::optional<TlsFileProblem> CheckTlsFiles(const HttpTlsOptions& options) {
  asio::ssl::context context(asio::ssl::context::tls_server);
  return LoadTlsFiles(options, context);
}

std::optional<TlsFileProblem> CheckCaFile(const std::string& setting, const std::string& file) {
  std::string pem;
  return ReadAuthorities(setting, file, pem);
}

std::string Describe(const TlsFileProblem& problem) {
  return problem.setting + ": " + problem.file + " " + problem.rule + "; " + problem.mend;
}

}  // namespace hydrant
