#include "app/replay_node.h"

#include "app/config_choice.h"
#include "app/console.h"

#include <utility>

namespace hydrant {
namespace {

constexpr absl::Duration kTimeout = absl::Seconds(15);

StatusOr<std::string> BodyOf(StatusOr<HttpReply> reply) {
  if (!reply.ok()) {
    return WithContext(reply.status(), "no answer; is a node running there? --admin names another");
  }
  if (reply->status / 100 == 2) return std::move(reply->body);
  const std::string why = Plain(AdminErrorOf(reply->body));
  if (why.empty()) {
    return Unavailable("the node answered " + std::to_string(reply->status) +
                       "; --admin must name the operation listener (`admin` of the configuration)");
  }
  if (reply->status == 400) return InvalidArgument(why);
  if (reply->status == 404) return NotFound(why);
  return Unavailable(why);
}

// An answer that can't be read is not the caller's fault.
template <class Answer>
StatusOr<Answer> Read(StatusOr<Answer> answer) {
  if (!answer.ok()) return Unavailable(Message(answer.status()));
  return answer;
}

}  // namespace

ReplayNode::ReplayNode(const std::string& admin, const std::string& stream,
                       std::function<bool()> stopped)
    : url_(admin + "/streams/" + EscapePathSegment(stream) + "/replays"),
      session_({.content_type = "application/json",
                .timeout = kTimeout,
                .stopped = std::move(stopped)}) {}

StatusOr<ReplayStatus> ReplayNode::Start(const std::string& request) {
  ASSIGN_OR_RETURN(const std::string body, BodyOf(session_.Post(url_, request)));
  return Read(ParseReplay(body));
}

StatusOr<std::vector<ReplayStatus>> ReplayNode::List() {
  ASSIGN_OR_RETURN(const std::string body, BodyOf(session_.Get(url_)));
  return Read(ParseReplayList(body));
}

StatusOr<ReplayStatus> ReplayNode::Stop(const std::string& id) {
  ASSIGN_OR_RETURN(const std::string body,
                   BodyOf(session_.Delete(url_ + "/" + EscapePathSegment(id))));
  return Read(ParseReplay(body));
}

}  // namespace hydrant
