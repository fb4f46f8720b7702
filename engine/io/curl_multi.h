// CurlMulti: libcurl's multi handle driven by an Asio executor: sockets and timers that libcurl
// asks for are waited on by the loop, on one strand, and nothing ever blocks.
//
//   Start ──▶ strand: curl_multi_add_handle ──▶ libcurl ── "watch socket 9 for reading" ──▶
//   OnSocket
//                                                  ▲   └── "wake me in 200 ms" ──────────▶ OnTimer
//                        curl_multi_socket_action ─┘◀───── socket ready / time is up ◀─────────┘
//
// Closing: libcurl owns and closes its sockets, and may do so before or after telling us. So a
// watch waits on a duplicate of the descriptor. A duplicate must be taken out of the epoll set
// (`release`) before it is closed: closing alone would leave the registration behind for as long as
// libcurl keeps the socket in its connection pool.
//
// Owner:   Start and Shutdown: any thread; everything else runs on the strand
// Source:  libcurl manual: libcurl-multi, CURLMOPT_SOCKETFUNCTION, CURLMOPT_TIMERFUNCTION
#pragma once

#include "engine/io/curl_transfer.h"
#include "engine/io/http_client.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <curl/curl.h>

#include <memory>
#include <unordered_map>
#include <vector>

namespace hydrant {

class CurlMulti : public std::enable_shared_from_this<CurlMulti> {
 public:
  CurlMulti(const asio::any_io_executor& executor, HttpClientOptions options);
  ~CurlMulti();
  CurlMulti(const CurlMulti&) = delete;
  CurlMulti& operator=(const CurlMulti&) = delete;

  // The transfer's Finish is called on the strand.
  void Start(std::unique_ptr<CurlTransfer> transfer);
  // Fails what is under way and every later Start.
  void Shutdown();

 private:
  struct Watch;

  void StartOnStrand(std::unique_ptr<CurlTransfer> transfer);
  void ShutdownOnStrand();
  CURL* TakeEasy();
  void ReturnEasy(CURL* easy);

  void SetWatch(curl_socket_t socket, int what);
  void ArmWatch(const std::shared_ptr<Watch>& watch);
  void WaitFor(const std::shared_ptr<Watch>& watch, int event);
  void SetTimer(long timeout_ms);
  void Act(curl_socket_t socket, int events);
  void CollectFinished();

  static int OnSocket(CURL* easy, curl_socket_t socket, int what, void* self, void* socket_data);
  static int OnTimer(CURLM* multi, long timeout_ms, void* self);

  const HttpClientOptions options_;
  asio::strand<asio::any_io_executor> strand_;
  asio::steady_timer timer_;
  uint64_t timer_generation_ =
      0;  // tells a wait that was replaced while its handler was already queued
  CURLM* multi_;
  std::unordered_map<CURL*, std::unique_ptr<CurlTransfer>> active_;
  std::unordered_map<curl_socket_t, std::shared_ptr<Watch>> watches_;
  std::vector<CURL*> idle_easy_;
  bool stopped_ = false;
};

}  // namespace hydrant
