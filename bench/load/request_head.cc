#include "bench/load/request_head.h"

#include <absl/strings/str_cat.h>

namespace hydrant::load {

RequestHeads::RequestHeads(const LoadPlan& plan, const Endpoint& endpoint,
                           const std::string& authorization) {
  const bool lines = plan.operation == Operation::kLines;
  if (!lines) {
    signed_headers_ = {{"X-Amz-Target",
                        absl::StrCat("Firehose_20150804.", ToAbsl(OperationName(plan.operation)))}};
  }
  for (const std::string& name : plan.streams) {
    // Names of streams need no escapes: CheckPlan's caller refuses others.
    const std::string path = endpoint.path + (lines ? "/streams/" + name + "/lines" : "/");
    Stream stream;
    stream.url = (endpoint.tls ? "https://" : "http://") + endpoint.authority + path;
    stream.head = absl::StrCat("POST ", path, " HTTP/1.1\r\nHost: ", endpoint.authority,
                               "\r\nUser-Agent: hydrant-bench\r\nContent-Type: ",
                               lines ? "text/plain" : "application/x-amz-json-1.1", "\r\n");
    if (!authorization.empty()) {
      absl::StrAppend(&stream.head, "Authorization: ", authorization, "\r\n");
    }
    streams_.push_back(std::move(stream));
  }
}

std::string RequestHeads::Render(size_t stream, size_t body_bytes, bool gzip,
                                 const HttpHeaders& more) const {
  std::string head = streams_[stream].head;
  for (const auto& [name, value] : more) absl::StrAppend(&head, name, ": ", value, "\r\n");
  if (gzip) head += "Content-Encoding: gzip\r\n";
  absl::StrAppend(&head, "Content-Length: ", body_bytes, "\r\n\r\n");
  return head;
}

}  // namespace hydrant::load
