#include "bench/load/exchange.h"

#include <algorithm>
#include <cerrno>
#include <sys/epoll.h>
#include <utility>

namespace hydrant::load {
namespace {

constexpr size_t kReadBytes = 128 * 1024;

}  // namespace

Status Exchange::Connect(const Peer& peer, size_t address, int epoll, uint32_t id) {
  if (transport_.open()) return absl::OkStatus();
  established_ = false;
  RETURN_IF_ERROR(transport_.Open(peer.endpoint, peer.addresses[address % peer.addresses.size()],
                                  peer.tls.get()));
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLET;
  event.data.u32 = id;
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, transport_.fd(), &event) != 0) {
    return ErrnoStatus(errno, "epoll");
  }
  return absl::OkStatus();
}

Exchange::News Exchange::Begin(std::string head, std::string_view body) {
  head_ = std::move(head);
  body_ = body;
  sent_ = 0;
  answer_.Reset();
  under_way_ = true;
  const Status sent = Send();
  return sent.ok() ? News::kNone : Break(sent);
}

Exchange::News Exchange::Advance(bool readable) {
  if (!transport_.open()) return News::kNone;
  if (!established_) {
    const StatusOr<bool> there = transport_.Establish();
    if (!there.ok()) return Break(there.status());
    if (!*there) return News::kNone;
    established_ = true;
  }
  if (under_way_) {
    if (const Status sent = Send(); !sent.ok()) return Break(sent);
  }
  if (!readable) return News::kNone;
  const StatusOr<bool> whole = Receive();
  if (!whole.ok()) return Break(whole.status());
  if (!*whole) return News::kNone;
  under_way_ = false;
  // What is left of a request that was answered early can't be followed by another one.
  if (!answer_.keeps_connection() || !sent_whole()) transport_.Close();
  return News::kAnswered;
}

// A kept connection that ends while nothing is under way is no news.
Exchange::News Exchange::Break(Status fault) {
  const bool idle = established_ && !under_way_;
  transport_.Close();
  under_way_ = false;
  fault_ = std::move(fault);
  return idle ? News::kNone : News::kBroken;
}

Status Exchange::Send() {
  while (!sent_whole()) {
    const size_t of_head = std::min(sent_, head_.size());
    ASSIGN_OR_RETURN(const size_t count, transport_.Write(std::string_view(head_).substr(of_head),
                                                          body_.substr(sent_ - of_head)));
    if (count == 0) return absl::OkStatus();
    sent_ += count;
  }
  return absl::OkStatus();
}

StatusOr<bool> Exchange::Receive() {
  static thread_local char room[kReadBytes];
  while (true) {
    ASSIGN_OR_RETURN(const size_t count, transport_.Read(room));
    if (count == 0) return false;
    if (!under_way_) return Unavailable("the server sent what nobody asked for");
    ASSIGN_OR_RETURN(const bool whole, answer_.Add({room, count}));
    if (whole) return true;
  }
}

}  // namespace hydrant::load
