// RequestHeads: the heads of a plan's requests, one a stream, made before the clock starts.
// Owner:   immutable once made; any thread
// Source:  AWS JSON 1.1 protocol; sources/http_lines/README.md
#pragma once

#include "bench/load/endpoint.h"
#include "bench/load/load_plan.h"
#include "engine/io/http_client.h"

#include <string>
#include <string_view>
#include <vector>

namespace hydrant::load {

class RequestHeads {
 public:
  // `authorization` goes with every request, when there is one.
  RequestHeads(const LoadPlan& plan, const Endpoint& endpoint, const std::string& authorization);

  // What is signed.
  const std::string& Url(size_t stream) const { return streams_[stream].url; }
  const HttpHeaders& signed_headers() const { return signed_headers_; }

  // The whole head. `more` comes on top: a signature's headers, or signed_headers().
  std::string Render(size_t stream, size_t body_bytes, bool gzip, const HttpHeaders& more) const;

 private:
  struct Stream {
    std::string url;
    std::string head;  // as far as it is always the same
  };
  std::vector<Stream> streams_;
  HttpHeaders signed_headers_;
};

}  // namespace hydrant::load
