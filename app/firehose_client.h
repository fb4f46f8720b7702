// FirehoseClient: a node's (or AWS's) Firehose API as commands use it: plain, blocking, signed.
// Owner:   not thread-safe: caller serializes
// Units:   lists are read page by page, at most kPagesMax of them
// Errors:  kNotFound: there is no such stream; kInvalidArgument: the call is refused, and would be again;
//          kUnavailable: no usable answer. Messages begin with the operation.
// Source:  firehose 2015-08-04 service model; AWS JSON 1.1 protocol
#pragma once

#include "app/connection.h"
#include "app/http_session.h"
#include "engine/base/status.h"

#include <absl/time/time.h>
#include <nlohmann/json.hpp>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace hydrant {

struct FirehoseHooks {
  std::function<StatusOr<HttpReply>(std::string_view operation, const std::string& body)> post;
  std::function<void(absl::Duration)> sleep;
};

// Posts to the connection's endpoint, signed when it has a key.
FirehoseHooks MakeFirehoseHooks(const Connection& connection);

class FirehoseClient {
 public:
  explicit FirehoseClient(FirehoseHooks hooks) : hooks_(std::move(hooks)) {}

  // The names of all streams, in the node's order.
  StatusOr<std::vector<std::string>> ListStreams();
  // The value of DeliveryStreamDescription.
  StatusOr<nlohmann::json> Describe(const std::string& stream);
  // Of a stream that was just made: once it is no longer CREATING, or `patience` is over, which the wait is taken from.
  StatusOr<nlohmann::json> DescribeMade(const std::string& stream, absl::Duration& patience);
  // A list of Tag.
  StatusOr<nlohmann::json> ListTags(const std::string& stream);
  Status Create(const nlohmann::json& request);

 private:
  // The answer, which is of the operation's shape. Throttling is waited out for a while.
  StatusOr<nlohmann::json> Call(std::string_view operation, const nlohmann::json& request);

  FirehoseHooks hooks_;
};

}  // namespace hydrant
