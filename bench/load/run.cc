#include "bench/load/run.h"

#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string_view>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

namespace hydrant::load {
namespace {

using SteadyClock = std::chrono::steady_clock;

// A refused connection waits before it sends again; an answer is larger than this only in
// PutRecordBatch.
constexpr auto kPauseAfterRefusal = std::chrono::milliseconds(50);
constexpr size_t kReadBytes = 128 * 1024;
constexpr int kEventsMax = 256;
constexpr int kWaitMs = 10;

struct Connection {
  int fd = -1;
  size_t request = 0;  // index of what is in flight
  size_t sent = 0;
  bool in_flight = false;
  std::string answer;
  SteadyClock::time_point started;
  SteadyClock::time_point not_before;  // while paused
};

// What an answer's bytes came to so far.
enum class Answer { kIncomplete, kAcknowledged, kRefused, kFailed };

Answer ReadAnswer(const std::string& answer) {
  const std::string_view text = answer;
  const size_t head_end = text.find("\r\n\r\n");
  if (head_end == std::string_view::npos) return Answer::kIncomplete;
  const char* length_field = strcasestr(answer.c_str(), "\r\nContent-Length:");
  if (length_field == nullptr || length_field > answer.c_str() + head_end) return Answer::kFailed;
  const size_t length = std::strtoull(length_field + 17, nullptr, 10);
  if (text.size() < head_end + 4 + length) return Answer::kIncomplete;
  const std::string_view status = text.substr(text.find(' ') + 1, 3);
  if (status == "503" || status == "429") return Answer::kRefused;
  if (status != "200") return Answer::kFailed;
  const size_t failed = text.find("\"FailedPutCount\":", head_end);
  if (failed == std::string_view::npos) return Answer::kAcknowledged;
  return std::strtoul(text.data() + failed + 17, nullptr, 10) == 0 ? Answer::kAcknowledged
                                                                   : Answer::kFailed;
}

double CpuSeconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

class Runner {
 public:
  Runner(const LoadOptions& options, const std::vector<Request>& requests)
      : options_(options),
        requests_(requests),
        epoll_(epoll_create1(0)),
        connections_(options.connections) {
    result_.taken.resize(requests.size());
    result_.latency_us.reserve(1 << 20);
  }
  ~Runner() {
    for (Connection& connection : connections_) Close(connection);
    close(epoll_);
  }

  LoadResult Run() {
    const double cpu_before = CpuSeconds();
    const auto start = SteadyClock::now();
    const auto end = start + std::chrono::duration<double>(options_.seconds_max);
    auto last_answer = start;
    while (true) {
      const auto now = SteadyClock::now();
      const bool over = now >= end || Enough();
      if (!over) StartWaiting(now);
      if (in_flight_ == 0 && over) break;
      if (over && now - end > std::chrono::seconds(30)) break;  // an answer that never comes
      if (Poll()) last_answer = SteadyClock::now();
    }
    result_.seconds = std::chrono::duration<double>(last_answer - start).count();
    result_.cpu_seconds = CpuSeconds() - cpu_before;
    return std::move(result_);
  }

 private:
  // Counts what is in flight too, so that the run ends close to the bound.
  bool Enough() const {
    return options_.record_bytes_max != 0 &&
           result_.record_bytes_acknowledged + bytes_in_flight_ >= options_.record_bytes_max;
  }

  void StartWaiting(SteadyClock::time_point now) {
    for (Connection& connection : connections_) {
      if (connection.in_flight || now < connection.not_before) continue;
      if (Enough()) return;
      if (connection.fd < 0 && !Connect(connection)) {
        connection.not_before = now + kPauseAfterRefusal;
        continue;
      }
      Start(connection);
    }
  }

  bool Connect(Connection& connection) {
    connection.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(options_.port);
    inet_pton(AF_INET, options_.host.c_str(), &address.sin_addr);
    // The socket API takes every address as a sockaddr.
    if (connect(connection.fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
      close(connection.fd);
      connection.fd = -1;
      ++result_.connections_broken;
      return false;
    }
    const int on = 1;
    setsockopt(connection.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    fcntl(connection.fd, F_SETFL, O_NONBLOCK);
    epoll_event event{};
    event.events = EPOLLIN | EPOLLOUT | EPOLLET;
    event.data.ptr = &connection;
    epoll_ctl(epoll_, EPOLL_CTL_ADD, connection.fd, &event);
    return true;
  }

  void Close(Connection& connection) {
    if (connection.fd >= 0) close(connection.fd);
    connection.fd = -1;
  }

  void Start(Connection& connection) {
    connection.request = next_request_++ % requests_.size();
    connection.sent = 0;
    connection.answer.clear();
    connection.in_flight = true;
    connection.started = SteadyClock::now();
    ++in_flight_;
    bytes_in_flight_ += requests_[connection.request].record_bytes;
    Send(connection);
  }

  void Finish(Connection& connection) {
    connection.in_flight = false;
    --in_flight_;
    bytes_in_flight_ -= requests_[connection.request].record_bytes;
  }

  void Break(Connection& connection) {
    ++result_.connections_broken;
    if (connection.in_flight) Finish(connection);
    connection.not_before = SteadyClock::now() + kPauseAfterRefusal;
    Close(connection);
  }

  void Send(Connection& connection) {
    const std::string& bytes = requests_[connection.request].bytes;
    while (connection.sent < bytes.size()) {
      const ssize_t count = send(connection.fd, bytes.data() + connection.sent,
                                 bytes.size() - connection.sent, MSG_NOSIGNAL);
      if (count < 0) {
        if (errno != EAGAIN) Break(connection);
        return;
      }
      connection.sent += static_cast<size_t>(count);
    }
  }

  void Receive(Connection& connection) {
    while (connection.fd >= 0) {
      const ssize_t count = recv(connection.fd, buffer_.data(), buffer_.size(), 0);
      if (count < 0 && errno == EAGAIN) return;
      if (count <= 0) return Break(connection);
      if (!connection.in_flight) continue;
      connection.answer.append(buffer_.data(), static_cast<size_t>(count));
      Settle(connection);
    }
  }

  void Settle(Connection& connection) {
    const Answer answer = ReadAnswer(connection.answer);
    if (answer == Answer::kIncomplete) return;
    const auto now = SteadyClock::now();
    const Request& request = requests_[connection.request];
    Finish(connection);
    if (answer == Answer::kAcknowledged) {
      ++result_.requests_acknowledged;
      result_.records_acknowledged += request.records;
      result_.record_bytes_acknowledged += request.record_bytes;
      ++result_.taken[connection.request];
      const auto latency =
          std::chrono::duration_cast<std::chrono::microseconds>(now - connection.started);
      result_.latency_us.push_back(static_cast<uint32_t>(latency.count()));
    } else {
      ++(answer == Answer::kRefused ? result_.requests_refused : result_.requests_failed);
      connection.not_before = now + kPauseAfterRefusal;
    }
  }

  // Whether anything happened.
  bool Poll() {
    epoll_event events[kEventsMax];
    const int count = epoll_wait(epoll_, events, kEventsMax, kWaitMs);
    for (int i = 0; i < count; ++i) {
      auto& connection = *static_cast<Connection*>(events[i].data.ptr);
      if (connection.fd >= 0 && connection.in_flight) Send(connection);
      if (connection.fd >= 0) Receive(connection);
    }
    return count > 0;
  }

  const LoadOptions& options_;
  const std::vector<Request>& requests_;
  const int epoll_;
  std::vector<Connection> connections_;
  std::array<char, kReadBytes> buffer_;
  size_t next_request_ = 0;
  size_t in_flight_ = 0;
  uint64_t bytes_in_flight_ = 0;
  LoadResult result_;
};

}  // namespace

LoadResult Run(const LoadOptions& options, const std::vector<Request>& requests) {
  return Runner(options, requests).Run();
}

}  // namespace hydrant::load
