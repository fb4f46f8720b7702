#include "engine/stream/control_plane.h"

#include "engine/stream/describe.h"
#include "engine/stream/json_text.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>

#include <future>
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
  explicit Operations(ControlPlaneOptions options) : options_(std::move(options)) {}

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
    if (request->contains("Hydrant")) known["Hydrant"] = (*request)["Hydrant"];
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
    return Update(*current, std::move(wanted));
  }

  void StartAll() {
    started_ = true;
    for (const CatalogDamage& damage : options_.catalog->damage()) {
      options_.host->RefuseStream(damage.stream, "The stream's definition is damaged.");
    }
    for (const StreamDefinitionPtr& definition : options_.catalog->All()) {
      if (definition->status == StreamStatus::kDeleting) {
        // Started once more, so that what it holds is delivered or reported on its way out.
        TryStart(definition).IgnoreError();  // without a start there is nothing to deliver
        FinishDeletion(definition->name);
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

  // AllowForceDelete is about grants of AWS's key service, which there are none of.
  ApiReply Delete(const Json& request) {
    const std::string name = request.value("DeliveryStreamName", "");
    if (options_.catalog->Find(name) == nullptr) return NoSuchStream(name);
    if (Status marked = options_.catalog->MarkDeleting(name); !marked.ok()) {
      LogError("A stream's deletion could not be noted.",
               {{"stream", name}, {"error", Message(marked)}});
      return ApiError::InternalFailure("The stream's state could not be stored.");
    }
    FinishDeletion(name);
    return "{}";
  }

  void FinishDeletion(const std::string& name) {
    Status done = options_.host->StopStream(name, /*delete_data=*/true);
    if (done.ok() || absl::IsNotFound(done)) {
      running_.erase(name);
      done = options_.catalog->Remove(name);
    }
    if (done.ok()) return;
    LogError("a stream could not be deleted", {{"stream", name}, {"reason", Message(done)}});
    SetStatus(name, StreamStatus::kDeletingFailed, std::string(Message(done)));
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

  Status Update(const StreamDefinition& current, StreamDefinition wanted) {
    if (current.status == StreamStatus::kDeleting) {
      return InvalidArgument("stream " + wanted.name + " is being deleted");
    }
    if (Json::parse(current.request_json) == Json::parse(wanted.request_json)) {
      return absl::OkStatus();
    }
    wanted.incarnation = current.incarnation;
    wanted.created = current.created;
    wanted.version = current.version + 1;
    const std::string name = wanted.name;
    LogInfo("A stream is changed to what the configuration says.",
            {{"stream", name}, {"version", wanted.version}});
    RETURN_IF_ERROR(options_.catalog->Replace(std::move(wanted)));
    if (running_.erase(name) > 0) {
      RETURN_IF_ERROR(options_.host->StopStream(name, /*delete_data=*/false));
    }
    if (started_) Start(options_.catalog->Find(name));
    return absl::OkStatus();
  }

  const ControlPlaneOptions options_;
  bool started_ = false;
  std::set<std::string, std::less<>> running_;
};

class SerialControlPlane : public StreamControlPlane {
 public:
  explicit SerialControlPlane(ControlPlaneOptions options) : operations_(std::move(options)) {}
  ~SerialControlPlane() override { thread_.join(); }

  asio::awaitable<ApiReply> Call(std::string operation, std::string body) override {
    return asio::co_spawn(thread_.get_executor(), Run(std::move(operation), std::move(body)),
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

  Status OnThread(std::function<Status()> work) {
    return asio::post(thread_, std::packaged_task<Status()>(std::move(work))).get();
  }

  Operations operations_;
  asio::thread_pool thread_{1};
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
