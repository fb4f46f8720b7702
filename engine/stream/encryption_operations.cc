// StartDeliveryStreamEncryption, StopDeliveryStreamEncryption. What is enabled stands in the stream's request, as
// if it had been made so: an update keeps it, and each start of the node asks whether it still holds.
#include "engine/stream/encryption.h"
#include "engine/stream/stream_operations.h"

namespace hydrant {
namespace {

// Both operations together, a stream, in a day.
constexpr size_t kCallsMax = 25;

ApiError InUse(const std::string& name, std::string_view state) {
  return {"ResourceInUseException", "Cannot change the encryption of firehose: " + name +
                                        " when it is in " + std::string(state) + " status"};
}

}  // namespace

std::optional<ApiError> StreamOperations::AdmitEncryptionCall(const StreamDefinition& stream) {
  if (stream.type != kDirectPut) {
    return ApiError::InvalidArgument(
        "Server side encryption from firehose is only allowed for direct put delivery streams");
  }
  const StreamStatus status = ShownStatus(stream);
  if (status != StreamStatus::kActive) return InUse(stream.name, StreamStatusName(status));
  const std::string_view switching = SwitchingState(stream.name);
  if (!switching.empty()) return InUse(stream.name, switching);
  if (!options_.config->strict_validation) return std::nullopt;
  std::deque<absl::Time>& calls = encryption_calls_[stream.name];
  const absl::Time now = options_.clock->Now();
  while (!calls.empty() && calls.front() <= now - absl::Hours(24)) calls.pop_front();
  if (calls.size() >= kCallsMax) {
    return ApiError{"LimitExceededException", "The encryption of firehose " + stream.name +
                                                  " can be changed 25 times in 24 hours"};
  }
  calls.push_back(now);
  return std::nullopt;
}

std::string_view StreamOperations::SwitchingState(const std::string& name) const {
  const std::lock_guard lock(switching_mutex_);
  const auto found = switching_.find(name);
  return found == switching_.end() ? "" : found->second;
}

void StreamOperations::Show(const std::string& name, std::string_view state) {
  const std::lock_guard lock(switching_mutex_);
  if (state.empty()) {
    switching_.erase(name);
  } else {
    switching_[name] = state;
  }
}

ApiReply StreamOperations::StartEncryption(const Json& request) {
  const std::string name = request.value("DeliveryStreamName", "");
  const StreamDefinitionPtr current = options_.catalog->Find(name);
  if (current == nullptr) return NoSuchStream(name);
  const Json input = request.value(kEncryptionInput, Json{{"KeyType", EncryptionKey().type}});
  std::vector<DefinitionProblem> problems;
  const EncryptionKey key = ParseEncryption(input, current->type, ProblemsBelow(problems, ""));
  if (!problems.empty()) return ApiError::InvalidArgument(problems[0].text);
  if (auto error = AdmitEncryptionCall(*current)) return *error;
  StreamDefinition wanted = *current;
  wanted.encryption_failure = WhyNotEncrypted(key, *options_.config);
  if (wanted.encryption_failure.empty()) {
    wanted.encryption = key;
    Json made = Json::parse(wanted.request_json);
    made[std::string(kEncryptionInput)] = input;
    wanted.request_json = made.dump();
  }
  return Encrypt(current, std::move(wanted), "ENABLING");
}

ApiReply StreamOperations::StopEncryption(const Json& request) {
  const std::string name = request.value("DeliveryStreamName", "");
  const StreamDefinitionPtr current = options_.catalog->Find(name);
  if (current == nullptr) return NoSuchStream(name);
  if (auto error = AdmitEncryptionCall(*current)) return *error;
  StreamDefinition wanted = *current;
  wanted.encryption.reset();
  wanted.encryption_failure.clear();
  Json made = Json::parse(wanted.request_json);
  made.erase(std::string(kEncryptionInput));
  wanted.request_json = made.dump();
  return Encrypt(current, std::move(wanted), "DISABLING");
}

ApiReply StreamOperations::Encrypt(const StreamDefinitionPtr& current, StreamDefinition wanted,
                                   std::string_view transition) {
  const std::string& name = current->name;
  // Producers are told by each answer; nothing else of a running stream depends on it.
  const bool running_changes = current->encryption.has_value() != wanted.encryption.has_value();
  Show(name, transition);
  const Status changed = running_changes ? Change(std::move(wanted))
                                         : options_.catalog->Replace(std::move(wanted), author_);
  if (changed.ok()) {
    AfterTransition(absl::ZeroDuration(), [this, name] { Show(name, ""); });
  } else {
    Show(name, "");
  }
  return AnswerChange(name, changed);
}

}  // namespace hydrant
