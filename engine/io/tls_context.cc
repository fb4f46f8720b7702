#include "engine/io/tls_context.h"

#include "engine/io/tls_files.h"

#include <boost/asio/ssl/context.hpp>

#include <sys/stat.h>
#include <utility>

namespace hydrant {
namespace {

constexpr char kCiphers[] = "ECDHE+AESGCM:ECDHE+CHACHA20";
constexpr unsigned char kSessionContext[] = "hydrant";

// Picks http/1.1 when the client offers protocols at all.
int SelectProtocol(SSL*, const unsigned char** out, unsigned char* out_size,
                   const unsigned char* offered, unsigned int offered_size, void*) {
  static constexpr unsigned char kHttp11[] = "\x08http/1.1";
  unsigned char* selected = nullptr;
  const int result = SSL_select_next_proto(&selected, out_size, kHttp11, sizeof kHttp11 - 1,
                                           offered, offered_size);
  if (result != OPENSSL_NPN_NEGOTIATED) return SSL_TLSEXT_ERR_ALERT_FATAL;
  *out = selected;
  return SSL_TLSEXT_ERR_OK;
}

StatusOr<std::shared_ptr<asio::ssl::context>> MakeTlsServerContext(const HttpTlsOptions& options) {
  auto context = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_server);
  SSL_CTX* native = context->native_handle();
  SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
  SSL_CTX_set_options(
      native, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_mode(native, SSL_MODE_RELEASE_BUFFERS);  // idle connections hold less memory
  SSL_CTX_set_cipher_list(native, kCiphers);
  // Sessions of one listener are for that listener only; required with client certificates.
  SSL_CTX_set_session_id_context(native, kSessionContext, sizeof kSessionContext - 1);
  SSL_CTX_set_alpn_select_cb(native, SelectProtocol, nullptr);
  if (const auto problem = LoadTlsFiles(options, *context)) {
    return InvalidArgument(Describe(*problem));
  }
  return context;
}

}  // namespace

StatusOr<std::unique_ptr<TlsContext>> TlsContext::Load(HttpTlsOptions options) {
  std::unique_ptr<TlsContext> context(new TlsContext(std::move(options)));
  RETURN_IF_ERROR(context->Reload());
  return context;
}

std::shared_ptr<asio::ssl::context> TlsContext::current() const {
  absl::MutexLock lock(&mutex_);
  return current_;
}

std::vector<int64_t> TlsContext::Fingerprint() const {
  std::vector<int64_t> marks;
  for (const std::string* file :
       {&options_.certificate_file, &options_.private_key_file, &options_.client_ca_file}) {
    struct stat state {};
    if (file->empty() || stat(file->c_str(), &state) != 0) state = {};
    for (const int64_t mark : {static_cast<int64_t>(state.st_ino), int64_t{state.st_size},
                               int64_t{state.st_mtim.tv_sec}, int64_t{state.st_mtim.tv_nsec}}) {
      marks.push_back(mark);
    }
  }
  return marks;
}

Status TlsContext::Reload() {
  // Taken first: a file that is written meanwhile is read again.
  std::vector<int64_t> marks = Fingerprint();
  auto made = MakeTlsServerContext(options_);
  absl::MutexLock lock(&mutex_);
  read_ = std::move(marks);
  if (!made.ok()) return made.status();
  current_ = *std::move(made);
  return absl::OkStatus();
}

bool TlsContext::FilesChanged() const {
  const std::vector<int64_t> now = Fingerprint();
  absl::MutexLock lock(&mutex_);
  return now != read_;
}

}  // namespace hydrant
