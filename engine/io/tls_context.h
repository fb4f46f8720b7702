// TlsContext: what a listener shows its clients, read anew when its files change: TLS 1.2 and up with forward
// secrecy and authenticated ciphers.
// Owner:   any thread
// Errors:  kInvalidArgument names the file that can't be read or does not fit; what was read before stays
#pragma once

#include "engine/base/status.h"
#include "engine/io/http_server.h"

#include <absl/synchronization/mutex.h>

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace boost::asio::ssl {
class context;
}

namespace hydrant {

class TlsContext {
 public:
  static StatusOr<std::unique_ptr<TlsContext>> Load(HttpTlsOptions options);

  // For a new connection, which keeps what it needs of it.
  std::shared_ptr<asio::ssl::context> current() const;
  Status Reload();
  // Whether a file is another one, or was written, since they were read last (well or not).
  bool FilesChanged() const;

 private:
  explicit TlsContext(HttpTlsOptions options) : options_(std::move(options)) {}
  // Which files stand there now, in which state.
  std::vector<int64_t> Fingerprint() const;

  const HttpTlsOptions options_;
  mutable absl::Mutex mutex_;
  std::shared_ptr<asio::ssl::context> current_ ABSL_GUARDED_BY(mutex_);
  std::vector<int64_t> read_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace hydrant
