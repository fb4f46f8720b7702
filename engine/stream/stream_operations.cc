#include "engine/stream/stream_operations.h"

#include "engine/stream/describe.h"
#include "engine/stream/destination_update.h"
#include "engine/stream/json_text.h"

#include <algorithm>
#include <optional>

namespace hydrant {
namespace {

constexpr size_t kListLimitDefault = 10;
constexpr std::string_view kCantRun = "The stream can't run.";

}  // namespace

const StreamOperations::Operation* StreamOperations::FindOperation(std::string_view name) {
  static constexpr Operation kOperations[] = {
      {"CreateDeliveryStream", &StreamOperations::Create, nullptr},
      {"DeleteDeliveryStream", &StreamOperations::Delete, nullptr},
      {"DescribeDeliveryStream", nullptr, &StreamOperations::Describe},
      {"ListDeliveryStreams", nullptr, &StreamOperations::List},
      {"ListTagsForDeliveryStream", nullptr, &StreamOperations::ListTags},
      {"StartDeliveryStreamEncryption", &StreamOperations::StartEncryption, nullptr},
      {"StopDeliveryStreamEncryption", &StreamOperations::StopEncryption, nullptr},
      {"TagDeliveryStream", &StreamOperations::Tag, nullptr},
      {"UntagDeliveryStream", &StreamOperations::Untag, nullptr},
      {"UpdateDestination", &StreamOperations::Update, nullptr},
  };
  const auto* found =
      std::find_if(std::begin(kOperations), std::end(kOperations),
                   [&](const Operation& operation) { return operation.name == name; });
  return found == std::end(kOperations) ? nullptr : found;
}

bool StreamOperations::OnlyReads(std::string_view operation) {
  const Operation* found = FindOperation(operation);
  return found != nullptr && found->read != nullptr;
}

ApiReply StreamOperations::Call(ChangeAuthor author, const std::string& body) {
  const std::string name = author.operation;
  const Operation* operation = FindOperation(name);
  if (operation == nullptr) {
    return ApiError{"UnknownOperationException", "Unknown operation: " + name, 400};
  }
  const auto request = ParseJsonText(body.empty() ? "{}" : std::string_view(body));
  if (!request || !request->is_object())
    return ApiError::Serialization("The body is not a JSON object");
  const ModelShape& shape = ModelShapeAt(FindModelOperation(name)->input);
  if (auto error = ToApiError(CheckModel(shape, *request, Parsing().validation))) return *error;
  // Null is the same as absent.
  Json known = ProjectOnModel(shape, *request);
  const auto ours = request->find("Hydrant");
  if (ours != request->end() && !ours->is_null()) known["Hydrant"] = *ours;
  if (operation->read != nullptr) return (this->*operation->read)(known);
  author_ = std::move(author);
  return (this->*operation->change)(known);
}

Status StreamOperations::Apply(const std::string& request_json) {
  author_ = ConfigurationAuthor();
  const auto request = ParseJsonText(request_json);
  if (!request) return InvalidArgument("a configured stream is not JSON");
  auto parsed = ParseStreamDefinition(*request, Parsing());
  if (auto* error = std::get_if<ApiError>(&parsed)) return InvalidArgument(error->message);
  StreamDefinition& wanted = std::get<StreamDefinition>(parsed);
  // Whoever writes a file can mend it; an API's client asks what became of its stream.
  if (!wanted.missing.empty()) return InvalidArgument(wanted.missing);
  const StreamDefinitionPtr current = options_.catalog->Find(wanted.name);
  if (current == nullptr) return Make(std::move(wanted), /*start=*/started_);
  return UpdateConfigured(current, std::move(wanted));
}

void StreamOperations::StartAll() {
  started_ = true;
  for (const CatalogDamage& damage : options_.catalog->damage()) {
    options_.host->RefuseStream(damage.stream, kDirectPut, "The stream's definition is damaged.");
  }
  for (const StreamDefinitionPtr& definition : options_.catalog->All()) {
    if (definition->status == StreamStatus::kDeleting) {
      // Started once more, so that what it holds is delivered or reported on its way out. What can't be
      // started is deleted undelivered.
      if (definition->missing.empty()) options_.host->StartStream(definition).IgnoreError();
      FinishDeletion(definition);
    } else if (!running_.contains(definition->name)) {
      Start(definition);
    }
  }
}

ParseOptions StreamOperations::Parsing() const {
  ParseOptions parsing = MakeParseOptions(*options_.config, options_.support);
  parsing.now = options_.clock->Now();
  return parsing;
}

ApiError StreamOperations::NoSuchStream(const std::string& name) const {
  return ApiError::StreamNotFound(name, options_.config->account_id);
}

void StreamOperations::AfterTransition(absl::Duration shown, std::function<void()> then) {
  const absl::Duration left = options_.config->transition_time - shown;
  if (left <= absl::ZeroDuration()) return then();
  options_.after(left, [post = post_, then = std::move(then)] { post(then); });
}

ApiReply StreamOperations::Create(const Json& request) {
  auto parsed = ParseStreamDefinition(request, Parsing());
  if (auto* error = std::get_if<ApiError>(&parsed)) return *error;
  StreamDefinition& definition = std::get<StreamDefinition>(parsed);
  const bool can_run = definition.missing.empty();
  if (can_run) definition.status = StreamStatus::kCreating;
  const std::string incarnation = definition.incarnation = MakeUuid(*options_.entropy);
  const std::string reply = Json{{"DeliveryStreamARN", definition.arn}}.dump();
  const std::string name = definition.name;
  if (auto error = options_.catalog->DamagedBefore(name)) return *error;
  if (auto error = options_.catalog->Create(std::move(definition), author_)) return *error;
  // That it can't run shows at once.
  const absl::Duration shown = can_run ? absl::ZeroDuration() : absl::InfiniteDuration();
  AfterTransition(shown, [this, name, incarnation] {
    const StreamDefinitionPtr made = options_.catalog->Find(name);
    if (made != nullptr && made->incarnation == incarnation) Start(made);
  });
  return reply;
}

ApiReply StreamOperations::Describe(const Json& request) const {
  const std::string name = request.value("DeliveryStreamName", "");
  const StreamDefinitionPtr definition = options_.catalog->Find(name);
  if (definition == nullptr) return NoSuchStream(name);
  nlohmann::ordered_json description = DescribeStream(*definition);
  if (const std::string_view state = SwitchingState(name); !state.empty()) {
    auto& encryption = description["DeliveryStreamEncryptionConfiguration"];
    encryption["Status"] = state;
    encryption.erase("FailureDescription");
  }
  return nlohmann::ordered_json{{"DeliveryStreamDescription", std::move(description)}}.dump();
}

ApiReply StreamOperations::List(const Json& request) const {
  const StreamListing listing = options_.catalog->List(
      request.value("ExclusiveStartDeliveryStreamName", ""),
      request.value("Limit", kListLimitDefault), request.value("DeliveryStreamType", ""));
  return nlohmann::ordered_json{{"DeliveryStreamNames", listing.names},
                                {"HasMoreDeliveryStreams", listing.has_more}}
      .dump();
}

ApiReply StreamOperations::Update(const Json& request) {
  const std::string name = request.value("DeliveryStreamName", "");
  const StreamDefinitionPtr current = options_.catalog->Find(name);
  if (current == nullptr) return NoSuchStream(name);
  auto updated = UpdateDefinition(*current, request, Parsing());
  if (auto* error = std::get_if<ApiError>(&updated)) return *error;
  return AnswerChange(name, Change(std::move(std::get<StreamDefinition>(updated))));
}

ApiReply StreamOperations::AnswerChange(const std::string& name, const Status& changed) const {
  if (changed.ok()) return "{}";
  LogError("A stream could not be changed.", {{"stream", name}, {"error", Message(changed)}});
  return WhyNotStored(changed, "The stream could not be changed.");
}

Status StreamOperations::Change(StreamDefinition wanted) {
  const std::string name = wanted.name;
  if (running_.contains(name)) {
    const uint64_t version = wanted.version;
    const auto apply = [this](const StreamDefinitionPtr& stored) {
      return options_.host->ChangeStream(stored);
    };
    RETURN_IF_ERROR(options_.catalog->Replace(std::move(wanted), author_, apply));
    LogInfo("A stream is changed.", {{"stream", name}, {"version", version}});
    return absl::OkStatus();
  }
  if (wanted.missing.empty()) wanted.status = StreamStatus::kCreating;
  RETURN_IF_ERROR(options_.catalog->Replace(std::move(wanted), author_));
  if (started_) Start(options_.catalog->Find(name));
  return absl::OkStatus();
}

// AllowForceDelete is about grants of AWS's key service, which there are none of.
ApiReply StreamOperations::Delete(const Json& request) {
  const std::string name = request.value("DeliveryStreamName", "");
  const StreamDefinitionPtr definition = options_.catalog->Find(name);
  if (definition == nullptr) return NoSuchStream(name);
  if (ShownStatus(*definition) == StreamStatus::kCreating) {
    return ApiError{"ResourceInUseException",
                    "Cannot delete firehose: " + name + " when it is in CREATING status"};
  }
  if (deleting_.contains(name)) return "{}";
  if (Status marked = options_.catalog->MarkDeleting(name, author_); !marked.ok()) {
    LogError("A stream's deletion could not be noted.",
             {{"stream", name}, {"error", Message(marked)}});
    return WhyNotStored(marked, "The stream's state could not be stored.");
  }
  FinishDeletion(definition);
  return "{}";
}

// In the background: what the stream holds is delivered first. It stays in the catalog as DELETING until
// nothing of it is left, so that a crash changes nothing but the time it takes.
void StreamOperations::FinishDeletion(const StreamDefinitionPtr& definition) {
  const std::string& name = definition->name;
  deleting_.insert(name);
  running_.erase(name);
  const absl::Time since = options_.clock->Now();
  options_.host->DeleteStream(definition, [this, post = post_, name, since](const Status& done) {
    post([this, name, since, done] { Deleted(name, since, done); });
  });
  if (awaited_.contains(name)) {
    options_.host->RefuseStream(name, definition->type, "The stream is being made anew.");
  }
}

void StreamOperations::Deleted(const std::string& name, absl::Time since, const Status& done) {
  if (done.ok()) {
    return AfterTransition(options_.clock->Now() - since, [this, name] { Remove(name); });
  }
  deleting_.erase(name);
  awaited_.erase(name);
  SetStatus(name, StreamStatus::kDeletingFailed, std::string(Message(done)));
  LogError("A stream could not be deleted.", {{"stream", name}, {"reason", Message(done)}});
}

void StreamOperations::Remove(const std::string& name) {
  deleting_.erase(name);
  encryption_calls_.erase(name);
  auto awaited = awaited_.extract(name);
  Status done = options_.catalog->Remove(name);
  if (!done.ok()) {
    SetStatus(name, StreamStatus::kDeletingFailed, std::string(Message(done)));
  } else if (!awaited.empty()) {
    author_ = ConfigurationAuthor();
    done = Make(std::move(awaited.mapped()), /*start=*/true);
  }
  if (done.ok()) return;
  LogError("A stream could not be deleted, or not be made anew.",
           {{"stream", name}, {"reason", Message(done)}});
}

void StreamOperations::SetStatus(const std::string& name, StreamStatus status,
                                 const std::string& failure) {
  const Status stored = options_.catalog->SetStatus(name, status, failure);
  if (stored.ok()) return;
  LogError("a stream's state could not be stored",
           {{"stream", name}, {"state", StreamStatusName(status)}, {"reason", Message(stored)}});
}

void StreamOperations::Start(const StreamDefinitionPtr& definition) {
  const std::string& name = definition->name;
  if (definition->status == StreamStatus::kDeletingFailed) {
    return options_.host->RefuseStream(name, definition->type, kCantRun);
  }
  if (!definition->missing.empty()) {
    LogError("A stream can't run with this build.",
             {{"stream", name}, {"reason", std::string_view(definition->missing)}});
    // Producers of one that has run keep what they have and send it again. One that never did is not there
    // for them, as with Firehose. Puts are not for one that reads from elsewhere, whether it can or not.
    if (definition->status == StreamStatus::kActive || definition->type != kDirectPut) {
      options_.host->RefuseStream(name, definition->type, kCantRun);
    }
    return;
  }
  const Status started = options_.host->StartStream(definition);
  if (started.ok()) {
    running_.insert(name);
    if (definition->status != StreamStatus::kActive) SetStatus(name, StreamStatus::kActive, "");
    return;
  }
  options_.host->RefuseStream(name, definition->type, kCantRun);
  LogError("a stream could not be started", {{"stream", name}, {"reason", Message(started)}});
  SetStatus(name, StreamStatus::kCreatingFailed, std::string(Message(started)));
}

Status StreamOperations::Make(StreamDefinition definition, bool start) {
  definition.incarnation = MakeUuid(*options_.entropy);
  if (definition.missing.empty()) definition.status = StreamStatus::kCreating;
  const std::string name = definition.name;
  if (auto error = options_.catalog->Create(std::move(definition), author_)) {
    return InvalidArgument(error->message);
  }
  if (start) Start(options_.catalog->Find(name));
  return absl::OkStatus();
}

Status StreamOperations::UpdateConfigured(const StreamDefinitionPtr& current,
                                          StreamDefinition wanted) {
  const bool again = current->status == StreamStatus::kDeletingFailed;
  if (again || current->status == StreamStatus::kDeleting) {
    if (again) RETURN_IF_ERROR(options_.catalog->MarkDeleting(current->name, author_));
    awaited_.insert_or_assign(current->name, std::move(wanted));
    if (again && started_) FinishDeletion(current);
    return absl::OkStatus();
  }
  if (Json::parse(current->request_json) == Json::parse(wanted.request_json)) {
    if (wanted.tags.empty() || wanted.tags == current->tags) return absl::OkStatus();
    StreamDefinition tagged = *current;
    tagged.tags = std::move(wanted.tags);
    return options_.catalog->Replace(std::move(tagged), author_);
  }
  const std::string why = WhyNotChangeable(*current, wanted, *options_.config);
  if (!why.empty()) return InvalidArgument("stream " + current->name + ": " + why);
  return Change(NextVersion(*current, std::move(wanted)));
}

}  // namespace hydrant
