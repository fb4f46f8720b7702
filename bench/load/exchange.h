// Exchange: a request and its answer over one kept connection, a step whenever the socket has news.
// Owner:   not thread-safe: caller serializes
// Errors:  fault(), when Advance says kBroken
#pragma once

#include "bench/load/answer.h"
#include "bench/load/transport.h"
#include "engine/base/status.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace hydrant::load {

// What all connections have in common.
struct Peer {
  Endpoint endpoint;
  std::vector<Address> addresses;
  std::shared_ptr<SSL_CTX> tls;  // null: without
};

class Exchange {
 public:
  enum class News { kNone, kAnswered, kBroken };

  // Makes sure there is a connection, known to `epoll` as `id`, or one under way.
  Status Connect(const Peer& peer, size_t address, int epoll, uint32_t id);
  // Sends over a connection that is established. `body` must live until the exchange is over.
  News Begin(std::string head, std::string_view body);
  // The socket has news; `readable`: there may be something to read.
  News Advance(bool readable);
  void Close() { transport_.Close(); }

  // Whether a request may be begun at once, without waiting for the connection.
  bool established() const { return transport_.open() && established_; }
  // Whether the server may have got all of it.
  bool sent_whole() const { return sent_ == head_.size() + body_.size(); }
  const AnswerReader& answer() const { return answer_; }
  const Status& fault() const { return fault_; }

 private:
  News Break(Status fault);
  Status Send();
  StatusOr<bool> Receive();

  Transport transport_;
  bool established_ = false;
  bool under_way_ = false;
  std::string head_;
  std::string_view body_;
  size_t sent_ = 0;
  AnswerReader answer_;
  Status fault_;
};

}  // namespace hydrant::load
