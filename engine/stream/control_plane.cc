#include "engine/stream/control_plane.h"

#include "engine/stream/describe.h"
#include "engine/stream/destination_update.h"
#include "engine/stream/json_text.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>

#include <future>
#include <map>
#include <set>

namespace hydrant {
namespace {

using Json = nlohmann::json;

constexpr size_t kListLimitDefault = 10;

ApiError UnknownOperation(const std::string& operation) {
  std::string message = FindModelOperation(operation) == nullptr
                            ? "Unknown operation: "
                            : "This version of hydrant does not support the operation ";
  return {"UnknownOperationException", message + operation, 400};
}

// Everything but the thread: only ever used on the control thread.
class Operations {
 public:
  // Runs a function on the control thread later, or never when the control plane has ended. Any thread.
  using Post = std::function<void(std::function<void()>)>;

  Operations(ControlPlaneOptions options, Post post)
      : options_(std::move(options)), post_(std::move(post)) {}

  ApiReply Call(const std::string& name, const std::string& body) {
    const auto* operation = FindOperation(name);
    if (operation == nullptr) return UnknownOperation(name);
    const auto request = ParseJsonText(body.empty() ? "{}" : std::string_view(body));
    if (!request || !request->is_object())
      return ApiError::Serialization("The body is not a JSON object");
    const ModelShape& shape = ModelShapeAt(FindModelOperation(name)->input);
    if (auto error = ToApiError(CheckModel(shape, *request, Parsing().validation))) return *error;
    // Null is the same as absent.
    Json known = ProjectOnModel(shape, *request);
    const auto ours = request->find("Hydrant");
    if (ours != request->end() && !ours->is_null()) known["Hydrant"] = *ours;
    return (this->*operation->handle)(known);
  }

  Status Apply(const std::string& request_json) {
    const auto request = ParseJsonText(request_json);
    if (!request) return InvalidArgument("a configured stream is not JSON");
    auto parsed = ParseStreamDefinition(*request, Parsing());
    if (auto* error = std::get_if<ApiError>(&parsed)) return InvalidArgument(error->message);
    StreamDefinition& wanted = std::get<StreamDefinition>(parsed);
    const StreamDefinitionPtr current = options_.catalog->Find(wanted.name);
    if (current == nullptr) return Make(std::move(wanted), /*start=*/started_);
    return UpdateConfigured(current, std::move(wanted));
  }

  void StartAll() {
    started_ = true;
    for (const CatalogDamage& damage : options_.catalog->damage()) {
      options_.host->RefuseStream(damage.stream, "The stream's definition is damaged.");
    }
    for (const StreamDefinitionPtr& definition : options_.catalog->All()) {
      if (definition->status == StreamStatus::kDeleting) {
        // Started once more, so that what it holds is delivered or reported on its way out.
        TryStart(definition).IgnoreError();  // what can't be started is deleted undelivered
        FinishDeletion(definition);
      } else if (!running_.contains(definition->name)) {
        Start(definition);
      }
    }
  }

 private:
  struct Operation {
    std::string_view name;
    ApiReply (Operations::*handle)(const Json& request);
  };

  static const Operation* FindOperation(std::string_view name) {
    static constexpr Operation kOperations[] = {
        {"CreateDeliveryStream", &Operations::Create},
        {"DeleteDeliveryStream", &Operations::Delete},
        {"DescribeDeliveryStream", &Operations::Describe},
        {"ListDeliveryStreams", &Operations::List},
        {"UpdateDestination", &Operations::Update},
    };
    for (const Operation& operation : kOperations) {
      if (operation.name == name) return &operation;
    }
    return nullptr;
  }

  ParseOptions Parsing() const {
    ParseOptions parsing = MakeParseOptions(*options_.config, options_.support);
    parsing.now = options_.clock->Now();
    return parsing;
  }

  ApiError NoSuchStream(const std::string& name) const {
    return ApiError::StreamNotFound(name, options_.config->account_id);
  }

  ApiReply Create(const Json& request) {
    auto parsed = ParseStreamDefinition(request, Parsing());
    if (auto* error = std::get_if<ApiError>(&parsed)) return *error;
    StreamDefinition& definition = std::get<StreamDefinition>(parsed);
    definition.incarnation = MakeUuid(*options_.entropy);
    const std::string reply = Json{{"DeliveryStreamARN", definition.arn}}.dump();
    const std::string name = definition.name;
    if (auto error = options_.catalog->DamagedBefore(name)) return *error;
    if (auto error = options_.catalog->Create(std::move(definition))) return *error;
    Start(options_.catalog->Find(name));
    return reply;
  }

  ApiReply Describe(const Json& request) {
    const std::string name = request.value("DeliveryStreamName", "");
    const StreamDefinitionPtr definition = options_.catalog->Find(name);
    if (definition == nullptr) return NoSuchStream(name);
    return nlohmann::ordered_json{{"DeliveryStreamDescription", DescribeStream(*definition)}}
        .dump();
  }

  ApiReply List(const Json& request) {
    const StreamListing listing = options_.catalog->List(
        request.value("ExclusiveStartDeliveryStreamName", ""),
        request.value("Limit", kListLimitDefault), request.value("DeliveryStreamType", ""));
    return nlohmann::ordered_json{{"DeliveryStreamNames", listing.names},
                                  {"HasMoreDeliveryStreams", listing.has_more}}
        .dump();
  }

  ApiReply Update(const Json& request) {
    const std::string name = request.value("DeliveryStreamName", "");
    const StreamDefinitionPtr current = options_.catalog->Find(name);
    if (current == nullptr) return NoSuchStream(name);
    auto updated = UpdateDefinition(*current, request, Parsing());
    if (auto* error = std::get_if<ApiError>(&updated)) return *error;
    const Status changed = Change(current, std::move(std::get<StreamDefinition>(updated)));
    if (changed.ok()) return "{}";
    LogError("A stream could not be changed.", {{"stream", name}, {"error", Message(changed)}});
    // A full disk passes; clients try this one again.
    if (absl::IsResourceExhausted(changed)) return ApiError::SlowDown();
    return ApiError::InternalFailure("The stream could not be changed.");
  }

  // Stored before it is applied; with an error the stream is as it was.
  Status Change(const StreamDefinitionPtr& current, StreamDefinition wanted) {
    const std::string name = wanted.name;
    RETURN_IF_ERROR(options_.catalog->Replace(std::move(wanted)));
    const StreamDefinitionPtr stored = options_.catalog->Find(name);
    if (!running_.contains(name)) {
      if (started_) Start(stored);
      return absl::OkStatus();
    }
    const Status changed = options_.host->ChangeStream(stored);
    if (changed.ok()) {
      LogInfo("A stream is changed.", {{"stream", name}, {"version", stored->version}});
      return changed;
    }
    if (const Status restored = options_.catalog->Replace(*current); !restored.ok()) {
      LogError("A change that failed could not be taken back; it is tried again at the next start.",
               {{"stream", name}, {"error", Message(restored)}});
    }
    return changed;
  }

  // AllowForceDelete is about grants of AWS's key service, which there are none of.
  ApiReply Delete(const Json& request) {
    const std::string name = request.value("DeliveryStreamName", "");
    const StreamDefinitionPtr definition = options_.catalog->Find(name);
    if (definition == nullptr) return NoSuchStream(name);
    if (deleting_.contains(name)) return "{}";
    if (Status marked = options_.catalog->MarkDeleting(name); !marked.ok()) {
      LogError("A stream's deletion could not be noted.",
               {{"stream", name}, {"error", Message(marked)}});
      if (absl::IsResourceExhausted(marked)) return ApiError::SlowDown();
      return ApiError::InternalFailure("The stream's state could not be stored.");
    }
    FinishDeletion(definition);
    return "{}";
  }

  // In the background: what the stream holds is delivered first. It stays in the catalog as DELETING until
  // nothing of it is left, so that a crash changes nothing but the time it takes.
  void FinishDeletion(const StreamDefinitionPtr& definition) {
    const std::string& name = definition->name;
    deleting_.insert(name);
    running_.erase(name);
    options_.host->DeleteStream(definition, [this, post = post_, name](const Status& done) {
      post([this, name, done] { Deleted(name, done); });
    });
    if (awaited_.contains(name)) {
      options_.host->RefuseStream(name, "The stream is being made anew.");
    }
  }

  void Deleted(const std::string& name, Status done) {
    deleting_.erase(name);
    auto awaited = awaited_.extract(name);
    if (done.ok()) done = options_.catalog->Remove(name);
    if (done.ok() && !awaited.empty()) {
      done = Make(std::move(awaited.mapped()), /*start=*/true);
    } else if (!done.ok()) {
      SetStatus(name, StreamStatus::kDeletingFailed, std::string(Message(done)));
    }
    if (done.ok()) return;
    LogError("A stream could not be deleted, or not be made anew.",
             {{"stream", name}, {"reason", Message(done)}});
  }

  void SetStatus(const std::string& name, StreamStatus status, const std::string& failure) {
    const Status stored = options_.catalog->SetStatus(name, status, failure);
    if (!stored.ok()) {
      LogError(
          "a stream's state could not be stored",
          {{"stream", name}, {"state", StreamStatusName(status)}, {"reason", Message(stored)}});
    }
  }

  Status TryStart(const StreamDefinitionPtr& definition) {
    if (definition->type != kDirectPut) {
      return InvalidArgument("DeliveryStreamType " + definition->type +
                             " is not supported by this build of hydrant");
    }
    return options_.host->StartStream(definition);
  }

  void Start(const StreamDefinitionPtr& definition) {
    // A stored request that this build refuses has nothing to start.
    const bool readable =
        definition->status != StreamStatus::kCreatingFailed || definition->s3.has_value();
    if (!readable || definition->status == StreamStatus::kDeletingFailed) {
      options_.host->RefuseStream(definition->name, "The stream can't run.");
      return;
    }
    const Status started = TryStart(definition);
    if (started.ok()) {
      running_.insert(definition->name);
      if (definition->status != StreamStatus::kActive) {
        SetStatus(definition->name, StreamStatus::kActive, "");
      }
      return;
    }
    options_.host->RefuseStream(definition->name, "The stream can't run.");
    LogError("a stream could not be started",
             {{"stream", definition->name}, {"reason", Message(started)}});
    SetStatus(definition->name, StreamStatus::kCreatingFailed, std::string(Message(started)));
  }

  Status Make(StreamDefinition definition, bool start) {
    definition.incarnation = MakeUuid(*options_.entropy);
    const std::string name = definition.name;
    if (auto error = options_.catalog->Create(std::move(definition))) {
      return InvalidArgument(error->message);
    }
    if (start) Start(options_.catalog->Find(name));
    return absl::OkStatus();
  }

  Status UpdateConfigured(const StreamDefinitionPtr& current, StreamDefinition wanted) {
    if (current->status == StreamStatus::kDeleting) {
      awaited_.insert_or_assign(current->name, std::move(wanted));
      return absl::OkStatus();
    }
    if (Json::parse(current->request_json) == Json::parse(wanted.request_json)) {
      return absl::OkStatus();
    }
    const std::string why = WhyNotChangeable(*current, wanted, *options_.config);
    if (!why.empty()) return InvalidArgument("stream " + current->name + ": " + why);
    return Change(current, NextVersion(*current, std::move(wanted)));
  }

  const ControlPlaneOptions options_;
  const Post post_;
  bool started_ = false;
  std::set<std::string, std::less<>> running_;
  std::set<std::string, std::less<>> deleting_;  // the host is at it
  // Configured streams that are made as soon as the old one of their name is deleted.
  std::map<std::string, StreamDefinition, std::less<>> awaited_;
};

class SerialControlPlane : public StreamControlPlane {
 public:
  explicit SerialControlPlane(ControlPlaneOptions options)
      : operations_(std::move(options), [pool = thread_](std::function<void()> work) {
          asio::post(*pool, [work = std::move(work)] { RunLater(work); });
        }) {}
  // What is posted later stays undone.
  ~SerialControlPlane() override { thread_->join(); }

  asio::awaitable<ApiReply> Call(std::string operation, std::string body) override {
    return asio::co_spawn(thread_->get_executor(), Run(std::move(operation), std::move(body)),
                          asio::use_awaitable);
  }

  Status ApplyConfiguredStream(const std::string& request_json) override {
    return OnThread([this, &request_json] {
      try {
        return operations_.Apply(request_json);
      } catch (const std::exception& error) {
        return Internal(error.what());
      }
    });
  }

  void StartStreams() override {
    OnThread([this] {
      operations_.StartAll();
      return absl::OkStatus();
    }).IgnoreError();  // each stream's failure is in its own state
  }

 private:
  asio::awaitable<ApiReply> Run(std::string operation, std::string body) {
    try {
      co_return operations_.Call(operation, body);
    } catch (const std::exception& error) {
      LogError("a control operation failed",
               {{"operation", operation}, {"reason", std::string_view(error.what())}});
      co_return ApiError::InternalFailure("Internal failure");
    }
  }

  static void RunLater(const std::function<void()>& work) {
    try {
      work();
    } catch (const std::exception& error) {
      LogError("A stream's deletion could not be finished; it is at the next start.",
               {{"reason", std::string_view(error.what())}});
    }
  }

  Status OnThread(std::function<Status()> work) {
    return asio::post(*thread_, std::packaged_task<Status()>(std::move(work))).get();
  }

  // Shared with what a host still has to report.
  const std::shared_ptr<asio::thread_pool> thread_ = std::make_shared<asio::thread_pool>(1);
  Operations operations_;
};

}  // namespace

ParseOptions MakeParseOptions(const NodeConfig& config, StreamSupport support) {
  ParseOptions parsing;
  parsing.region = config.region;
  parsing.account_id = config.account_id;
  parsing.validation = config.strict_validation ? Validation::kStrict : Validation::kRelaxed;
  parsing.support = std::move(support);
  parsing.config = &config;
  return parsing;
}

std::unique_ptr<StreamControlPlane> MakeControlPlane(ControlPlaneOptions options) {
  return std::make_unique<SerialControlPlane>(std::move(options));
}

}  // namespace hydrant
