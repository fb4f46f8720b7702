#include "engine/io/http_server.h"

#include "engine/base/logging.h"
#include "engine/io/address_limits.h"
#include "engine/io/http_connection.h"
#include "engine/io/tls_context.h"

#include <absl/synchronization/mutex.h>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <unordered_map>

namespace hydrant {
namespace {

using asio::ip::tcp;
using boost::system::error_code;
using std::chrono::steady_clock;

constexpr size_t kRefusalsMax = 64;  // connections over the limit that are told so at one time
constexpr auto kAcceptPause = std::chrono::milliseconds(100);
constexpr auto kTlsFilesInterval = std::chrono::seconds(1);  // how often their state is looked at

// How often time limits are looked at: an eighth of the shortest.
std::chrono::milliseconds SweepInterval(const HttpServerOptions& options) {
  const absl::Duration shortest =
      std::min({options.header_timeout, options.idle_timeout, options.body_stall_timeout});
  const absl::Duration tick =
      std::clamp(shortest / 8, absl::Milliseconds(5), absl::Milliseconds(500));
  return absl::ToChronoMilliseconds(tick);
}

Status ListenError(const HttpServerOptions& options, error_code error) {
  const bool v6 = options.address.find(':') != std::string::npos;
  std::string message = "cannot listen on ";
  message.append(v6 ? "[" + options.address + "]" : options.address);
  message.append(":").append(std::to_string(options.port)).append(": ").append(error.message());
  if (error == asio::error::address_in_use) {
    return Unavailable(message.append("; stop the program that uses the port, or choose another"));
  }
  if (error == asio::error::access_denied) {
    return MakeStatus(absl::StatusCode::kPermissionDenied,
                      message.append("; ports under 1024 need privileges, choose a higher one"));
  }
  return InvalidArgument(message.append("; the address must be one of this host"));
}

class Server final : public std::enable_shared_from_this<Server> {
 public:
  Server(IoRuntime& runtime, ArenaPool& pool, HttpServerOptions options, HttpHandler handler)
      : runtime_(runtime),
        strand_(asio::make_strand(runtime.executor())),
        context_(
            std::make_shared<HttpConnectionContext>(pool, std::move(options), std::move(handler))),
        networks_(context_->options.connections_per_network_max),
        acceptor_(strand_),
        sweep_timer_(strand_),
        tls_timer_(strand_),
        pause_timer_(strand_) {}

  Status Start();
  uint16_t port() const { return port_; }
  size_t active_requests() const { return context_->active_requests.load(); }
  Status ReloadTls();
  void StopAccepting();
  void Close();

 private:
  const HttpServerOptions& options() const { return context_->options; }
  Status Listen();
  asio::awaitable<void> AcceptLoop(std::shared_ptr<Server> self);
  asio::awaitable<void> SweepLoop(std::shared_ptr<Server> self);
  asio::awaitable<void> WatchTlsFiles(std::shared_ptr<Server> self);
  asio::awaitable<void> PauseAccepting(error_code error);
  void Admit(tcp::socket socket, IoRuntime::LoopLease loop);
  asio::awaitable<void> Serve(std::shared_ptr<Server> self, IoRuntime::LoopLease loop,
                              std::shared_ptr<HttpConnection> connection, bool refuse);
  bool CloseOldestIdle();
  size_t Register(const std::shared_ptr<HttpConnection>& connection);
  void Forget(HttpConnection* connection);
  std::vector<std::shared_ptr<HttpConnection>> Connections() const;

  IoRuntime& runtime_;
  const asio::strand<asio::any_io_executor> strand_;
  const std::shared_ptr<HttpConnectionContext> context_;
  std::unique_ptr<TlsContext> tls_;  // null: plain
  NetworkCounter networks_;
  tcp::acceptor acceptor_;  // on strand_, as the timers are
  asio::steady_timer sweep_timer_;
  asio::steady_timer tls_timer_;
  asio::steady_timer pause_timer_;
  steady_clock::time_point last_accept_warning_;
  uint16_t port_ = 0;
  std::atomic<bool> closed_{false};
  std::atomic<size_t> refusals_{0};
  mutable absl::Mutex mutex_;
  std::unordered_map<HttpConnection*, std::weak_ptr<HttpConnection>> connections_
      ABSL_GUARDED_BY(mutex_);
};

Status Server::Listen() {
  error_code error;
  tcp::resolver resolver(runtime_.executor());
  const auto found =
      resolver.resolve(options().address, std::to_string(options().port),
                       tcp::resolver::passive | tcp::resolver::numeric_service, error);
  if (error || found.empty()) return ListenError(options(), error);
  const tcp::endpoint endpoint = found.begin()->endpoint();
  acceptor_.open(endpoint.protocol(), error);
  if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor_.bind(endpoint, error);
  if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
  if (!error) port_ = acceptor_.local_endpoint(error).port();
  if (!error) return Status();
  error_code ignored;
  acceptor_.close(ignored);
  return ListenError(options(), error);
}

Status Server::Start() {
  if (!options().tls.certificate_file.empty()) {
    ASSIGN_OR_RETURN(tls_, TlsContext::Load(options().tls));
  }
  RETURN_IF_ERROR(Listen());
  asio::co_spawn(strand_, AcceptLoop(shared_from_this()), asio::detached);
  asio::co_spawn(strand_, SweepLoop(shared_from_this()), asio::detached);
  if (tls_) asio::co_spawn(strand_, WatchTlsFiles(shared_from_this()), asio::detached);
  return Status();
}

asio::awaitable<void> Server::AcceptLoop(std::shared_ptr<Server> /*self*/) {
  while (!context_->draining) {
    error_code error;
    IoRuntime::LoopLease loop =
        options().quick_answers
            ? runtime_.LeaseLoop()
            : IoRuntime::LoopLease{asio::make_strand(runtime_.executor()), nullptr};
    tcp::socket socket = co_await acceptor_.async_accept(
        loop.executor, asio::redirect_error(asio::use_awaitable, error));
    if (context_->draining) co_return;
    if (error) {
      co_await PauseAccepting(error);
    } else {
      Admit(std::move(socket), std::move(loop));
    }
  }
}

// Out of file descriptors or memory: the connection stays in the backlog, so that trying again at
// once would spin.
asio::awaitable<void> Server::PauseAccepting(error_code error) {
  if (error == asio::error::connection_aborted) co_return;
  const auto now = steady_clock::now();
  if (now - last_accept_warning_ > std::chrono::seconds(10)) {
    last_accept_warning_ = now;
    LogWarn("cannot accept connections for now", {{"error", error.message()}});
  }
  CloseOldestIdle();
  error_code ignored;
  pause_timer_.expires_after(kAcceptPause);
  co_await pause_timer_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

void Server::Admit(tcp::socket socket, IoRuntime::LoopLease loop) {
  error_code ignored;
  socket.set_option(tcp::no_delay(true), ignored);
  const std::shared_ptr<asio::ssl::context> tls = tls_ ? tls_->current() : nullptr;
  auto connection = std::make_shared<HttpConnection>(
      context_, MakeHttpTransport(std::move(socket), tls.get()), tls != nullptr);
  if (!networks_.Enter(connection->head().network)) return;
  const bool full = Register(connection) > options().connections_max;
  const bool refuse = full && !CloseOldestIdle();
  if (refuse && refusals_ >= kRefusalsMax) return Forget(connection.get());
  const asio::any_io_executor executor = loop.executor;
  asio::co_spawn(executor,
                 Serve(shared_from_this(), std::move(loop), std::move(connection), refuse),
                 asio::detached);
}

asio::awaitable<void> Server::Serve(std::shared_ptr<Server> /*self*/, IoRuntime::LoopLease /*loop*/,
                                    std::shared_ptr<HttpConnection> connection, bool refuse) {
  struct Guard {  // also when the coroutine is destroyed with its runtime
    Server* server;
    HttpConnection* connection;
    bool refuse;
    Guard(Server* s, HttpConnection* c, bool r) : server(s), connection(c), refuse(r) {
      if (refuse) ++server->refusals_;
    }
    ~Guard() {
      if (refuse) --server->refusals_;
      server->Forget(connection);
    }
  } guard(this, connection.get(), refuse);
  if (closed_) co_return;
  if (refuse) {
    co_await connection->Refuse();
  } else {
    co_await connection->Run();
  }
}

asio::awaitable<void> Server::SweepLoop(std::shared_ptr<Server> /*self*/) {
  const auto interval = SweepInterval(options());
  while (!closed_ || !Connections().empty()) {
    error_code ignored;
    sweep_timer_.expires_after(interval);
    co_await sweep_timer_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    const auto now = steady_clock::now();
    for (const auto& connection : Connections()) connection->Sweep(now);
  }
}

// Three small files, looked at once a second and read when somebody has changed them.
asio::awaitable<void> Server::WatchTlsFiles(std::shared_ptr<Server> /*self*/) {
  while (!closed_) {
    error_code ignored;
    tls_timer_.expires_after(kTlsFilesInterval);
    co_await tls_timer_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    if (!closed_ && tls_->FilesChanged()) ReloadTls().IgnoreError();  // it says so itself
  }
}

Status Server::ReloadTls() {
  if (!tls_) return Status();
  Status read = tls_->Reload();
  if (read.ok()) {
    LogInfo("The TLS certificate was read again.", {{"file", options().tls.certificate_file}});
  } else {
    LogWarn("The TLS certificate could not be read again; the one before stays.",
            {{"error", Message(read)}});
  }
  return read;
}

std::vector<std::shared_ptr<HttpConnection>> Server::Connections() const {
  std::vector<std::shared_ptr<HttpConnection>> all;
  absl::MutexLock lock(&mutex_);
  all.reserve(connections_.size());
  for (const auto& [key, weak] : connections_) {
    if (auto connection = weak.lock()) all.push_back(std::move(connection));
  }
  return all;
}

size_t Server::Register(const std::shared_ptr<HttpConnection>& connection) {
  absl::MutexLock lock(&mutex_);
  connections_.emplace(connection.get(), connection);
  return connections_.size() - refusals_;
}

void Server::Forget(HttpConnection* connection) {
  networks_.Leave(connection->head().network);
  absl::MutexLock lock(&mutex_);
  connections_.erase(connection);
}

bool Server::CloseOldestIdle() {
  std::shared_ptr<HttpConnection> oldest;
  for (auto& connection : Connections()) {
    if (connection->idle_since() == HttpConnection::SteadyTime::max()) continue;
    if (!oldest || connection->idle_since() < oldest->idle_since()) oldest = connection;
  }
  if (oldest) oldest->RequestClose(/*only_idle=*/true);
  return oldest != nullptr;
}

void Server::StopAccepting() {
  if (context_->draining.exchange(true)) return;
  asio::post(strand_, [self = shared_from_this()] {
    error_code ignored;
    self->acceptor_.close(ignored);
    self->pause_timer_.cancel();
  });
  for (const auto& connection : Connections()) connection->RequestClose(/*only_idle=*/true);
}

void Server::Close() {
  StopAccepting();
  if (closed_.exchange(true)) return;
  for (const auto& connection : Connections()) connection->RequestClose(/*only_idle=*/false);
  asio::post(strand_, [self = shared_from_this()] {
    self->sweep_timer_.cancel();
    self->tls_timer_.cancel();
  });
}

// What the owner holds; the rest lives until its last coroutine has ended.
class ServerHandle final : public HttpServer {
 public:
  explicit ServerHandle(std::shared_ptr<Server> server) : server_(std::move(server)) {}
  ~ServerHandle() override { server_->Close(); }
  Status Start() override { return server_->Start(); }
  uint16_t port() const override { return server_->port(); }
  Status ReloadTls() override { return server_->ReloadTls(); }
  void StopAccepting() override { server_->StopAccepting(); }
  size_t active_requests() const override { return server_->active_requests(); }
  void Close() override { server_->Close(); }

 private:
  const std::shared_ptr<Server> server_;
};

}  // namespace

std::unique_ptr<HttpServer> MakeHttpServer(IoRuntime& runtime, ArenaPool& pool,
                                           HttpServerOptions options, HttpHandler handler) {
  return std::make_unique<ServerHandle>(
      std::make_shared<Server>(runtime, pool, std::move(options), std::move(handler)));
}

}  // namespace hydrant
