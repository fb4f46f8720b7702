// Requests to the control plane. No request crashes it or throws. It is refused with an error that the operation
// has, in a message of bounded length, or answered as the model says; and each stream that is there afterwards is
// described as the model says and is the same stream after a restart. No secret of the request is in what is
// answered, described or logged.
// Input: a byte for the operation; one for the stream "a" that is there before (its family, or none) and for the
// node's settings; the request.
#include "engine/base/check.h"
#include "engine/base/log_sink.h"
#include "engine/stream/describe.h"
#include "engine/stream/destination_fixture.h"
#include "engine/stream/json_text.h"
#include "engine/stream/stream_operations.h"

#include <absl/strings/numbers.h>
#include <absl/strings/str_cat.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <deque>
#include <optional>

namespace hydrant {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kOperations[] = {
    "CreateDeliveryStream", "DeleteDeliveryStream",         "DescribeDeliveryStream",
    "ListDeliveryStreams",  "ListTagsForDeliveryStream",    "StartDeliveryStreamEncryption",
    "TagDeliveryStream",    "StopDeliveryStreamEncryption", "UntagDeliveryStream",
    "UpdateDestination",
};
constexpr std::string_view kFamilies[] = {
    "",
    "S3",
    "ExtendedS3",
    "Redshift",
    "Elasticsearch",
    "Amazonopensearchservice",
    "Splunk",
    "HttpEndpoint",
    "Snowflake",
    "Iceberg",
    "AmazonOpenSearchServerless",
};
constexpr uint8_t kFamilyBits = 0x0F;
constexpr uint8_t kStrict = 0x10;
constexpr uint8_t kEncryptedDisk = 0x20;
// A hundred violations with 1 KiB of a value, a path and a rule each.
constexpr size_t kMessageBytesMax = 256 << 10;

// Files of one directory, which nothing befalls.
class MemoryFiles final : public FileSystem {
 public:
  StatusOr<std::unique_ptr<AppendFile>> OpenAppend(const std::string& path) override {
    return std::make_unique<Writer>(files_[path]);
  }
  StatusOr<std::unique_ptr<ReadFile>> OpenRead(const std::string& path) override {
    const auto found = files_.find(path);
    if (found == files_.end()) return NotFound(path);
    return std::make_unique<Reader>(found->second);
  }
  StatusOr<std::vector<FileEntry>> List(const std::string& directory) override {
    std::vector<FileEntry> entries;
    for (const auto& [path, bytes] : files_) {
      entries.push_back({path.substr(directory.size() + 1), bytes.size()});
    }
    return entries;
  }
  StatusOr<uint64_t> FileSize(const std::string& path) override {
    const auto found = files_.find(path);
    if (found == files_.end()) return NotFound(path);
    return found->second.size();
  }
  Status Rename(const std::string& from, const std::string& to) override {
    auto file = files_.extract(from);
    if (file.empty()) return NotFound(from);
    files_[to] = std::move(file.mapped());
    return absl::OkStatus();
  }
  Status Remove(const std::string& path) override {
    files_.erase(path);
    return absl::OkStatus();
  }
  Status CreateDirectories(const std::string&) override { return absl::OkStatus(); }
  Status SyncDirectory(const std::string&) override { return absl::OkStatus(); }
  StatusOr<std::unique_ptr<FileLock>> Lock(const std::string&) override {
    return std::make_unique<FileLock>();
  }
  StatusOr<uint64_t> FreeBytes(const std::string&) override { return uint64_t{1} << 40; }

 private:
  struct Writer final : AppendFile {
    explicit Writer(std::string& file) : bytes(file) {}
    Status Append(std::span<const std::string_view> pieces) override {
      for (const std::string_view piece : pieces) bytes.append(piece);
      return absl::OkStatus();
    }
    Status SyncData() override { return absl::OkStatus(); }
    Status Truncate(uint64_t size) override {
      bytes.resize(size);
      return absl::OkStatus();
    }
    std::string& bytes;
  };
  struct Reader final : ReadFile {
    explicit Reader(const std::string& file) : bytes(file) {}
    StatusOr<size_t> ReadAt(uint64_t offset, std::span<char> buffer) override {
      return offset >= bytes.size() ? 0 : bytes.copy(buffer.data(), buffer.size(), offset);
    }
    const std::string& bytes;
  };

  std::map<std::string, std::string> files_;
};

// Runs every stream.
class WillingHost final : public StreamHost {
 public:
  Status StartStream(StreamDefinitionPtr) override { return absl::OkStatus(); }
  Status ChangeStream(StreamDefinitionPtr) override { return absl::OkStatus(); }
  void RefuseStream(const std::string&, std::string_view, std::string_view) override {}
  void DeleteStream(StreamDefinitionPtr, std::function<void(Status)> done) override {
    done(absl::OkStatus());
  }
};

class StoppedClock final : public Clock {
 public:
  absl::Time Now() const override { return absl::FromUnixSeconds(1'700'000'000); }
};

struct Secret {
  std::string member;
  std::string value;
};
std::vector<Secret> secrets;  // of the input under way; the log's sink is a plain function

bool Tells(std::string_view text, std::string_view allowed_member = "") {
  return std::any_of(secrets.begin(), secrets.end(), [&](const Secret& secret) {
    return secret.member != allowed_member && text.find(secret.value) != std::string_view::npos;
  });
}

void CheckLogLine(LogLevel, std::string_view message, std::initializer_list<LogField> fields) {
  HYDRANT_CHECK(!Tells(message));
  for (const LogField& field : fields) HYDRANT_CHECK(!Tells(field.value));
}

// Ends each sensitive value with digits of their own, made of the whole input, so that no input holds its own.
void PlantSecrets(const ModelShape& shape, std::string_view member, size_t seed, Json& value) {
  constexpr size_t kDigits = 16;
  if (shape.kind == ModelKind::kStructure && value.is_object()) {
    for (const ModelMember& row : shape.members) {
      const auto found = value.find(row.name);
      if (found != value.end()) PlantSecrets(ModelShapeAt(row.shape), row.name, seed, *found);
    }
  } else if (shape.kind == ModelKind::kList && value.is_array()) {
    for (Json& element : value) PlantSecrets(ModelShapeAt(shape.element), member, seed, element);
  } else if (shape.sensitive && value.is_string()) {
    std::string text = value.get<std::string>();
    if (text.size() < kDigits) return;
    size_t keep = text.size() - kDigits;
    while (keep > 0 && (text[keep] & 0xC0) == 0x80) --keep;
    secrets.push_back(
        {std::string(member), absl::StrCat(absl::Hex(seed + secrets.size(), absl::kZeroPad16))});
    value = text.substr(0, keep) + secrets.back().value;
  }
}

// A member that a description has and that its model calls sensitive, such as an URL, may show what it was given.
void CheckTold(const Json& value, const std::string& member) {
  if (value.is_string()) HYDRANT_CHECK(!Tells(value.get_ref<const std::string&>(), member));
  for (const auto& [name, element] : value.items()) {
    if (value.is_structured()) CheckTold(element, value.is_object() ? name : member);
  }
}

void CheckError(const ModelOperation& operation, const ApiError& error) {
  constexpr std::string_view kOfAll[] = {"ValidationException", "SerializationException"};
  const auto is = [&](std::string_view type) { return error.type == type; };
  HYDRANT_CHECK(std::any_of(std::begin(kOfAll), std::end(kOfAll), is) ||
                std::any_of(operation.errors.begin(), operation.errors.end(), is));
  HYDRANT_CHECK(error.http_status == 400);
  HYDRANT_CHECK(!error.message.empty() && error.message.size() <= kMessageBytesMax);
  HYDRANT_CHECK(!Tells(error.message));
}

void CheckAnswer(const ModelOperation& operation, const std::string& reply) {
  const std::optional<Json> answer = ParseJsonText(reply);
  HYDRANT_CHECK(answer.has_value());
  const ModelShape& shape = ModelShapeAt(operation.output);
  const ModelCheck check = CheckModel(shape, *answer, Validation::kRelaxed);
  HYDRANT_CHECK(check.wrong_types.empty() && check.violations.empty());
  HYDRANT_CHECK(UnknownMembers(shape, *answer).empty());
  CheckTold(*answer, "");
}

class Node {
 public:
  explicit Node(uint8_t settings) {
    config_.strict_validation = (settings & kStrict) != 0;
    config_.log.on_encrypted_disk = (settings & kEncryptedDisk) != 0;
    support_.has_processor = [](std::string_view type) { return type != "Lambda"; };
    catalog_ = Open();
    ControlPlaneOptions options;
    options.config = &config_;
    options.catalog = catalog_.get();
    options.host = &host_;
    options.clock = &clock_;
    options.entropy = &Entropy::System();
    options.support = support_;
    options.after = [this](absl::Duration, std::function<void()> work) { later_.push_back(work); };
    operations_.emplace(options, [this](std::function<void()> work) { later_.push_back(work); });
  }

  // Checks the answer; whether it is one.
  bool Call(std::string_view name, const std::string& body) {
    const ModelOperation& operation = *FindModelOperation(name);
    const ApiReply reply = operations_->Call({std::string(name), "", ""}, body);
    for (; !later_.empty(); later_.pop_front()) later_.front()();
    const auto* error = std::get_if<ApiError>(&reply);
    if (error != nullptr) {
      CheckError(operation, *error);
    } else {
      CheckAnswer(operation, std::get<std::string>(reply));
    }
    return error == nullptr;
  }

  void CheckStreams() {
    const std::unique_ptr<StreamCatalog> again = Open();
    HYDRANT_CHECK(again->damage().empty());
    HYDRANT_CHECK(again->All().size() == catalog_->All().size());
    for (const StreamDefinitionPtr& stream : catalog_->All()) {
      HYDRANT_CHECK(
          Call("DescribeDeliveryStream", Json{{"DeliveryStreamName", stream->name}}.dump()));
      const StreamDefinitionPtr read = again->Find(stream->name);
      HYDRANT_CHECK(read != nullptr && DescribeStream(*read) == DescribeStream(*stream));
      HYDRANT_CHECK(read->tags == stream->tags);
    }
  }

 private:
  std::unique_ptr<StreamCatalog> Open() {
    CatalogOptions options;
    options.directory = "streams";
    options.files = &files_;
    options.parse = MakeParseOptions(config_, support_);
    StatusOr<std::unique_ptr<StreamCatalog>> catalog = StreamCatalog::Open(options);
    HYDRANT_CHECK(catalog.ok());
    return *std::move(catalog);
  }

  NodeConfig config_;
  StreamSupport support_;
  MemoryFiles files_;
  WillingHost host_;
  StoppedClock clock_;
  std::deque<std::function<void()>> later_;
  std::unique_ptr<StreamCatalog> catalog_;
  std::optional<StreamOperations> operations_;
};

}  // namespace
}  // namespace hydrant

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace hydrant;
  SetLogSink(CheckLogLine);
  secrets.clear();
  if (size < 2) return 0;
  const std::string_view operation = kOperations[data[0] % std::size(kOperations)];
  const std::string_view family = kFamilies[(data[1] & kFamilyBits) % std::size(kFamilies)];
  std::string body(reinterpret_cast<const char*>(data) + 2, size - 2);
  if (std::optional<Json> request = ParseJsonText(body)) {
    const ModelShape& shape = ModelShapeAt(FindModelOperation(operation)->input);
    PlantSecrets(shape, "", std::hash<std::string>()(body), *request);
    body = request->dump();
  }
  Node node(data[1]);
  if (!family.empty()) {
    HYDRANT_CHECK(node.Call("CreateDeliveryStream", RequestWith(family, Json::object()).dump()));
  }
  node.Call(operation, body);
  node.CheckStreams();
  return 0;
}
