// TagDeliveryStream, UntagDeliveryStream, ListTagsForDeliveryStream. Tags change no version: they are about the
// stream, not of it.
#include "engine/stream/stream_operations.h"

namespace hydrant {
namespace {

// Of a stream, and of one answer.
constexpr size_t kTagsMax = 50;

}  // namespace

ApiReply StreamOperations::StoreTags(const StreamDefinitionPtr& current, StreamTags tags) {
  if (current->status == StreamStatus::kDeleting) {
    return ApiError{"ResourceInUseException",
                    "Cannot tag firehose: " + current->name + " when it is in DELETING status"};
  }
  if (tags.size() > kTagsMax) {
    return ApiError{"LimitExceededException",
                    "Firehose " + current->name + " can't have more than 50 tags"};
  }
  if (tags == current->tags) return "{}";
  StreamDefinition tagged = *current;
  tagged.tags = std::move(tags);
  return AnswerChange(current->name, options_.catalog->Replace(std::move(tagged), author_));
}

ApiReply StreamOperations::Tag(const Json& request) {
  const std::string name = request.value("DeliveryStreamName", "");
  const StreamDefinitionPtr current = options_.catalog->Find(name);
  if (current == nullptr) return NoSuchStream(name);
  const StatusOr<StreamTags> given = ParseTags(request["Tags"]);
  if (!given.ok()) return ApiError::InvalidArgument(std::string(Message(given.status())));
  StreamTags tags = current->tags;
  for (const auto& [key, value] : *given) tags.insert_or_assign(key, value);
  return StoreTags(current, std::move(tags));
}

// A key that is not there is no error.
ApiReply StreamOperations::Untag(const Json& request) {
  const std::string name = request.value("DeliveryStreamName", "");
  const StreamDefinitionPtr current = options_.catalog->Find(name);
  if (current == nullptr) return NoSuchStream(name);
  StreamTags tags = current->tags;
  for (const Json& key : request["TagKeys"]) tags.erase(key.get<std::string>());
  return StoreTags(current, std::move(tags));
}

// In the order of keys.
ApiReply StreamOperations::ListTags(const Json& request) const {
  const std::string name = request.value("DeliveryStreamName", "");
  const StreamDefinitionPtr current = options_.catalog->Find(name);
  if (current == nullptr) return NoSuchStream(name);
  const size_t limit = request.value("Limit", kTagsMax);
  Json listed = Json::array();
  auto tag = current->tags.upper_bound(request.value("ExclusiveStartTagKey", ""));
  for (; tag != current->tags.end() && listed.size() < limit; ++tag) {
    listed.push_back({{"Key", tag->first}});
    if (tag->second) listed.back()["Value"] = *tag->second;
  }
  return nlohmann::ordered_json{{"Tags", std::move(listed)},
                                {"HasMoreTags", tag != current->tags.end()}}
      .dump();
}

}  // namespace hydrant
