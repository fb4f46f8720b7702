// CurlTransfer: one request on one libcurl easy handle: options in, response or Status out.
// Owner:   the strand of its CurlMulti
// Errors:  see http_client.h
#pragma once

#include "engine/base/status.h"
#include "engine/io/http_client.h"

#include <curl/curl.h>

#include <functional>
#include <string>
#include <string_view>

namespace hydrant {

class CurlTransfer {
 public:
  using Done = std::function<void(StatusOr<HttpClientResponse>)>;

  // `request` must live until Finish was called or the transfer destroyed.
  CurlTransfer(const HttpClientRequest& request, Done done);
  ~CurlTransfer();
  CurlTransfer(const CurlTransfer&) = delete;
  CurlTransfer& operator=(const CurlTransfer&) = delete;

  // Sets every option on a fresh or reset handle. The handle must not outlive the transfer in use.
  Status Configure(CURL* easy, const HttpClientOptions& options);
  // What the transfer came to, once libcurl is done with it.
  StatusOr<HttpClientResponse> TakeResult(CURL* easy, CURLcode code);
  // Hands the result to whoever waits; once.
  void Finish(StatusOr<HttpClientResponse> result);

 private:
  Status BuildHeaders();
  void SetBody(CURL* easy);
  void SetLimits(CURL* easy);
  Status ErrorFor(CURLcode code) const;

  size_t Read(char* to, size_t room);
  bool SeekTo(uint64_t offset);
  bool AddHeaderLine(std::string_view line);
  bool AddBody(std::string_view bytes);

  static size_t OnRead(char* to, size_t size, size_t count, void* self);
  static int OnSeek(void* self, curl_off_t offset, int origin);
  static size_t OnHeader(char* from, size_t size, size_t count, void* self);
  static size_t OnBody(char* from, size_t size, size_t count, void* self);

  const HttpClientRequest& request_;
  Done done_;
  std::string peer_;  // "https://host:port", for messages
  curl_slist* headers_ = nullptr;
  size_t piece_ = 0;         // body piece to read next,
  size_t piece_offset_ = 0;  // and where in it
  HttpClientResponse response_;
  size_t header_bytes_ = 0;
  bool too_large_ = false;
  char error_[CURL_ERROR_SIZE] = {};
};

}  // namespace hydrant
