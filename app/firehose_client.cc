#include "app/firehose_client.h"

#include "app/client_credentials.h"
#include "app/console.h"
#include "app/post_signer.h"
#include "engine/stream/json_text.h"
#include "engine/stream/model.h"

#include <absl/time/clock.h>

#include <memory>

namespace hydrant {
namespace {

using Json = nlohmann::json;

constexpr int kPagesMax = 100'000;
constexpr int kAttemptsMax = 6;
constexpr absl::Duration kPause = absl::Milliseconds(200);
constexpr absl::Duration kTimeout = absl::Seconds(30);
constexpr int kNamesAPage = 1000;
constexpr int kTagsAPage = 50;
constexpr size_t kMessageShownMax = 2000;

struct Refusal {
  std::string type;
  std::string message;
};

Refusal ReadRefusal(const HttpReply& reply) {
  Refusal refusal;
  const auto answer = ParseJsonText(reply.body);
  const auto text = [&](const char* name) -> std::string {
    if (!answer) return "";
    const auto found = answer->find(name);  // no map: the end
    return found == answer->end() || !found->is_string() ? "" : found->get<std::string>();
  };
  refusal.type = text("__type");
  refusal.type.erase(0, refusal.type.rfind('#') + 1);  // npos + 1 is 0
  refusal.message = text("message") + text("Message");
  return refusal;
}

bool IsThrottled(const HttpReply& reply, const Refusal& refusal) {
  return reply.status == 429 || reply.status == 503 || refusal.type == "ThrottlingException";
}

Status ToStatus(const HttpReply& reply, const Refusal& refusal) {
  if (refusal.type.empty()) {
    return Unavailable("the server answered " + std::to_string(reply.status) +
                       "; --endpoint must name the Firehose API (`listen` of the configuration)");
  }
  std::string text = refusal.type + ": " + Plain(refusal.message.substr(0, kMessageShownMax));
  if (refusal.type == "ResourceNotFoundException") return NotFound(text);
  text += KeyHint(refusal.type, refusal.message);
  if (reply.status / 100 == 4) return InvalidArgument(text);
  return Unavailable(text);
}

StatusOr<Json> ReadAnswer(std::string_view operation, const std::string& body) {
  auto answer = ParseJsonText(body);
  const ModelShape& shape = ModelShapeAt(FindModelOperation(operation)->output);
  if (!answer || ToApiError(CheckModel(shape, *answer, Validation::kRelaxed))) {
    return Unavailable("the answer is not Firehose's; --endpoint must name the Firehose API");
  }
  return *std::move(answer);
}

}  // namespace

FirehoseHooks MakeFirehoseHooks(const Connection& connection) {
  auto session = std::make_shared<HttpSession>(HttpSessionOptions{
      .tls = connection.tls, .content_type = "application/x-amz-json-1.1", .timeout = kTimeout});
  auto signer = std::make_shared<PostSigner>(connection);
  const std::string url = connection.endpoint + "/";
  const auto post = [=](std::string_view operation,
                        const std::string& body) -> StatusOr<HttpReply> {
    ASSIGN_OR_RETURN(
        const HttpHeaders headers,
        signer->Sign(url, body, {{"X-Amz-Target", "Firehose_20150804." + std::string(operation)}}));
    return session->Post(url, body, headers);
  };
  return {post, [](absl::Duration pause) { absl::SleepFor(pause); }};
}

StatusOr<nlohmann::json> FirehoseClient::Call(std::string_view operation,
                                              const nlohmann::json& request) {
  const std::string body = request.dump(-1, ' ', false, Json::error_handler_t::replace);
  for (int attempt = 1;; ++attempt) {
    StatusOr<HttpReply> reply = hooks_.post(operation, body);
    if (absl::IsInvalidArgument(reply.status())) return reply.status();
    if (!reply.ok()) {
      return Unavailable(std::string(operation) +
                         ": no answer: " + std::string(Message(reply.status())) +
                         "; is a node running there? \"hydrant run\" starts one, --endpoint names "
                         "another");
    }
    if (reply->status == 200) {
      StatusOr<Json> answer = ReadAnswer(operation, reply->body);
      if (!answer.ok()) return WithContext(answer.status(), operation);
      return answer;
    }
    const Refusal refusal = ReadRefusal(*reply);
    if (!IsThrottled(*reply, refusal) || attempt == kAttemptsMax) {
      return WithContext(ToStatus(*reply, refusal), operation);
    }
    hooks_.sleep(kPause * (1 << attempt));
  }
}

StatusOr<std::vector<std::string>> FirehoseClient::ListStreams() {
  std::vector<std::string> names;
  for (int page = 0; page < kPagesMax; ++page) {
    Json request = {{"Limit", kNamesAPage}};
    if (!names.empty()) request["ExclusiveStartDeliveryStreamName"] = names.back();
    ASSIGN_OR_RETURN(const Json answer, Call("ListDeliveryStreams", request));
    for (const Json& name : answer["DeliveryStreamNames"]) names.push_back(name);
    if (answer["HasMoreDeliveryStreams"] == false) return names;
    if (answer["DeliveryStreamNames"].empty()) break;
  }
  return Unavailable("ListDeliveryStreams: the list has no end");
}

StatusOr<nlohmann::json> FirehoseClient::Describe(const std::string& stream) {
  ASSIGN_OR_RETURN(Json answer, Call("DescribeDeliveryStream", {{"DeliveryStreamName", stream}}));
  return std::move(answer["DeliveryStreamDescription"]);
}

StatusOr<nlohmann::json> FirehoseClient::DescribeMade(const std::string& stream,
                                                      absl::Duration& patience) {
  while (true) {
    ASSIGN_OR_RETURN(Json description, Describe(stream));
    if (description["DeliveryStreamStatus"] != "CREATING" || patience <= absl::ZeroDuration()) {
      return description;
    }
    hooks_.sleep(kPause);
    patience -= kPause;
  }
}

StatusOr<nlohmann::json> FirehoseClient::ListTags(const std::string& stream) {
  Json tags = Json::array();
  for (int page = 0; page < kPagesMax; ++page) {
    Json request = {{"DeliveryStreamName", stream}, {"Limit", kTagsAPage}};
    if (!tags.empty()) request["ExclusiveStartTagKey"] = tags.back()["Key"];
    ASSIGN_OR_RETURN(const Json answer, Call("ListTagsForDeliveryStream", request));
    for (const Json& tag : answer["Tags"]) tags.push_back(tag);
    if (answer["HasMoreTags"] == false) return tags;
    if (answer["Tags"].empty()) break;
  }
  return Unavailable("ListTagsForDeliveryStream: the list has no end");
}

Status FirehoseClient::Create(const nlohmann::json& request) {
  return Call("CreateDeliveryStream", request).status();
}

}  // namespace hydrant
