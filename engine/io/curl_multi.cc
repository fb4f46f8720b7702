#include "engine/io/curl_multi.h"

#include "engine/base/check.h"

#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>

#include <chrono>
#include <fcntl.h>
#include <unistd.h>
#include <utility>

namespace hydrant {
namespace {

constexpr size_t kIdleEasyMax = 64;
// Idle connections kept, over all hosts.
constexpr long kIdleConnectionsMax = 256;

void InitializeLibcurlOnce() {
  static const CURLcode code = curl_global_init(CURL_GLOBAL_DEFAULT);
  HYDRANT_CHECK(code == CURLE_OK);
}

}  // namespace

// One of libcurl's sockets. Handlers that are still queued keep it alive; `open` tells them.
struct CurlMulti::Watch {
  Watch(const asio::any_io_executor& executor, curl_socket_t watched, int duplicate)
      : socket(watched), descriptor(executor, duplicate) {}
  ~Watch() { Close(); }

  void Close() {
    if (std::exchange(open, false)) ::close(descriptor.release());
  }

  const curl_socket_t socket;
  asio::posix::stream_descriptor descriptor;
  bool open = true;
  int wanted = 0;   // CURL_CSELECT_IN | CURL_CSELECT_OUT: what libcurl asked for
  int waiting = 0;  // what a wait is under way for
};

CurlMulti::CurlMulti(const asio::any_io_executor& executor, HttpClientOptions options)
    : options_(std::move(options)), strand_(asio::make_strand(executor)), timer_(strand_) {
  InitializeLibcurlOnce();
  multi_ = curl_multi_init();
  HYDRANT_CHECK(multi_ != nullptr);
  curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &CurlMulti::OnSocket);
  curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &CurlMulti::OnTimer);
  curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, kIdleConnectionsMax);
  curl_multi_setopt(multi_, CURLMOPT_MAX_HOST_CONNECTIONS,
                    static_cast<long>(options_.connections_per_host_max));
}

CurlMulti::~CurlMulti() {
  // Nobody refers to us any more: libcurl must not call back while it takes itself down.
  curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, nullptr);
  curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, nullptr);
  for (auto& [easy, transfer] : active_) {
    curl_multi_remove_handle(multi_, easy);
    curl_easy_cleanup(easy);
  }
  for (CURL* easy : idle_easy_) curl_easy_cleanup(easy);
  curl_multi_cleanup(multi_);
}

void CurlMulti::Start(std::unique_ptr<CurlTransfer> transfer) {
  asio::dispatch(strand_, [self = shared_from_this(), transfer = std::move(transfer)]() mutable {
    self->StartOnStrand(std::move(transfer));
  });
}

void CurlMulti::Shutdown() {
  asio::post(strand_, [self = shared_from_this()] { self->ShutdownOnStrand(); });
}

void CurlMulti::StartOnStrand(std::unique_ptr<CurlTransfer> transfer) {
  if (stopped_) return transfer->Finish(NothingSent(Unavailable("the HTTP client is stopping")));
  CURL* easy = TakeEasy();
  Status status = transfer->Configure(easy, options_);
  if (!status.ok()) {
    ReturnEasy(easy);
    return transfer->Finish(NothingSent(std::move(status)));
  }
  const CURLMcode code = curl_multi_add_handle(multi_, easy);
  if (code != CURLM_OK) {
    ReturnEasy(easy);
    return transfer->Finish(NothingSent(Internal(curl_multi_strerror(code))));
  }
  active_.emplace(easy, std::move(transfer));
}

void CurlMulti::ShutdownOnStrand() {
  stopped_ = true;
  auto active = std::exchange(active_, {});
  for (auto& [easy, transfer] : active) {
    curl_multi_remove_handle(multi_, easy);
    curl_easy_cleanup(easy);
    transfer->Finish(Unavailable("the HTTP client is stopping"));
  }
  for (auto& [socket, watch] : watches_) watch->Close();
  watches_.clear();
  ++timer_generation_;
  timer_.cancel();
}

CURL* CurlMulti::TakeEasy() {
  if (idle_easy_.empty()) {
    CURL* easy = curl_easy_init();
    HYDRANT_CHECK(easy != nullptr);
    return easy;
  }
  CURL* easy = idle_easy_.back();
  idle_easy_.pop_back();
  return easy;
}

void CurlMulti::ReturnEasy(CURL* easy) {
  if (idle_easy_.size() >= kIdleEasyMax) return curl_easy_cleanup(easy);
  curl_easy_reset(easy);
  idle_easy_.push_back(easy);
}

int CurlMulti::OnSocket(CURL*, curl_socket_t socket, int what, void* self, void*) {
  static_cast<CurlMulti*>(self)->SetWatch(socket, what);
  return 0;
}

void CurlMulti::SetWatch(curl_socket_t socket, int what) {
  auto found = watches_.find(socket);
  if (what == CURL_POLL_REMOVE) {
    if (found == watches_.end()) return;
    found->second->Close();
    watches_.erase(found);
    return;
  }
  if (found == watches_.end()) {
    const int duplicate = ::fcntl(socket, F_DUPFD_CLOEXEC, 0);
    if (duplicate < 0) return;  // out of descriptors: the transfer ends by its time limit
    found = watches_.emplace(socket, std::make_shared<Watch>(strand_, socket, duplicate)).first;
  }
  found->second->wanted =
      (what & CURL_POLL_IN ? CURL_CSELECT_IN : 0) | (what & CURL_POLL_OUT ? CURL_CSELECT_OUT : 0);
  ArmWatch(found->second);
}

void CurlMulti::ArmWatch(const std::shared_ptr<Watch>& watch) {
  const int missing = watch->wanted & ~watch->waiting;
  if (missing & CURL_CSELECT_IN) WaitFor(watch, CURL_CSELECT_IN);
  if (missing & CURL_CSELECT_OUT) WaitFor(watch, CURL_CSELECT_OUT);
}

void CurlMulti::WaitFor(const std::shared_ptr<Watch>& watch, int event) {
  using Descriptor = asio::posix::stream_descriptor;
  const auto wait = event == CURL_CSELECT_IN ? Descriptor::wait_read : Descriptor::wait_write;
  watch->waiting |= event;
  watch->descriptor.async_wait(
      wait, [self = shared_from_this(), watch, event](boost::system::error_code error) {
        watch->waiting &= ~event;
        if (!watch->open || !(watch->wanted & event)) return;
        self->Act(watch->socket, error ? CURL_CSELECT_ERR : event);
        if (watch->open && !error) self->ArmWatch(watch);
      });
}

int CurlMulti::OnTimer(CURLM*, long timeout_ms, void* self) {
  static_cast<CurlMulti*>(self)->SetTimer(timeout_ms);
  return 0;
}

// libcurl must not be called from inside this callback: even a time of zero goes through the loop.
void CurlMulti::SetTimer(long timeout_ms) {
  const uint64_t generation = ++timer_generation_;
  if (timeout_ms < 0) {
    timer_.cancel();
    return;
  }
  timer_.expires_after(std::chrono::milliseconds(timeout_ms));
  timer_.async_wait([self = shared_from_this(), generation](boost::system::error_code) {
    if (generation == self->timer_generation_) self->Act(CURL_SOCKET_TIMEOUT, 0);
  });
}

void CurlMulti::Act(curl_socket_t socket, int events) {
  int running = 0;
  curl_multi_socket_action(multi_, socket, events, &running);
  CollectFinished();
}

void CurlMulti::CollectFinished() {
  int left = 0;
  while (CURLMsg* message = curl_multi_info_read(multi_, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    CURL* easy = message->easy_handle;
    const CURLcode code = message->data.result;  // `message` ends with the next call
    auto found = active_.find(easy);
    HYDRANT_CHECK(found != active_.end());
    std::unique_ptr<CurlTransfer> transfer = std::move(found->second);
    active_.erase(found);
    StatusOr<HttpClientResponse> result = transfer->TakeResult(easy, code);
    curl_multi_remove_handle(multi_, easy);
    ReturnEasy(easy);
    transfer->Finish(std::move(result));
  }
}

}  // namespace hydrant
