#include "engine/stream/catalog.h"

#include "engine/base/logging.h"
#include "engine/stream/encryption.h"
#include "engine/stream/json_text.h"

#include <zlib.h>

namespace hydrant {
namespace {

using Json = nlohmann::json;

constexpr int kFormat = 1;
constexpr size_t kFileBytesMax = 2 << 20;
constexpr std::string_view kSuffix = ".json";
constexpr std::string_view kAsideSuffix = ".json.tmp";
constexpr std::string_view kDamagedInfix = ".json.damaged";  // a number may follow

uint32_t Checksum(std::string_view bytes) {
  return static_cast<uint32_t>(
      ::crc32(0, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(bytes.size())));
}

Json TagsToJson(const StreamTags& tags) {
  Json json = Json::object();
  for (const auto& [key, value] : tags) json[key] = value ? Json(*value) : Json();
  return json;
}

StreamTags TagsFromJson(const Json& json) {
  StreamTags tags;
  for (const auto& [key, value] : json.items()) {
    tags.emplace(key, value.is_null() ? std::nullopt : std::optional(value.get<std::string>()));
  }
  return tags;
}

std::string Encode(const StreamDefinition& definition, const StreamHistory& history) {
  Json request = Json::parse(definition.request_json);
  // What the request itself fails of is found again at the next start, or is over then.
  const bool lasting = definition.encryption.has_value() || !request.contains(kEncryptionInput);
  const Json stream = {
      {"name", definition.name},
      {"incarnation", definition.incarnation},
      {"version", definition.version},
      {"status", StreamStatusName(definition.status)},
      {"failure", definition.failure},
      {"created_ms", absl::ToUnixMillis(definition.created)},
      {"updated_ms", absl::ToUnixMillis(definition.updated)},
      {"request", std::move(request)},
      {"tags", TagsToJson(definition.tags)},
      {"encryption_failure", lasting ? definition.encryption_failure : ""},
      {"history", HistoryToJson(history)},
  };
  const uint32_t crc32 = Checksum(stream.dump());
  return Json{{"format", kFormat}, {"crc32", crc32}, {"stream", stream}}.dump() + "\n";
}

// Without the oldest half of its history, and so on, when it would be too large.
StatusOr<std::string> EncodeToFit(const StreamDefinition& definition, StreamHistory history) {
  std::string bytes = Encode(definition, history);
  while (bytes.size() > kFileBytesMax && !history.empty()) {
    history.erase(history.begin(), history.begin() + (history.size() + 1) / 2);
    bytes = Encode(definition, history);
  }
  if (bytes.size() <= kFileBytesMax) return bytes;
  return InvalidArgument("The definition of Firehose " + definition.name + " would take " +
                         std::to_string(bytes.size()) + " bytes, and may take " +
                         std::to_string(kFileBytesMax));
}

std::string Aside(const std::string& path) { return path + ".tmp"; }

// A stored request that this build refuses: the stream is kept, and says why it does not run.
StreamDefinition Unreadable(const Json& request, const ParseOptions& options,
                            const std::string& reason) {
  StreamDefinition definition;
  definition.name = request.value("DeliveryStreamName", "");
  definition.arn = StreamArn(options.region, options.account_id, definition.name);
  definition.type = request.value("DeliveryStreamType", "DirectPut");
  definition.missing = reason;
  definition.request_json = request.dump();
  return definition;
}

StreamDefinition ReadRequest(const Json& request, const ParseOptions& options) {
  auto parsed = ParseStreamDefinition(request, options);
  if (auto* definition = std::get_if<StreamDefinition>(&parsed)) return std::move(*definition);
  return Unreadable(request, options, std::get<ApiError>(parsed).message);
}

}  // namespace

ApiError WhyNotStored(const Status& status, std::string internal) {
  if (absl::IsInvalidArgument(status)) {
    return ApiError::InvalidArgument(std::string(Message(status)));
  }
  // A full disk passes; clients try this one again.
  if (absl::IsResourceExhausted(status)) return ApiError::SlowDown();
  return ApiError::InternalFailure(std::move(internal));
}

std::string StreamCatalog::PathOf(std::string_view name) const {
  return options_.directory + "/" + std::string(name) + std::string(kSuffix);
}

StatusOr<StreamCatalog::Entry> StreamCatalog::Decode(const std::string& bytes) const try {
  const auto document = ParseJsonText(bytes);
  if (!document || !document->is_object()) return DataLoss("not a JSON document");
  const auto format = document->at("format").get<int64_t>();
  if (format < kFormat) return DataLoss("format " + std::to_string(format) + " never existed");
  if (format > kFormat) {
    return InvalidArgument("format " + std::to_string(format) +
                           " is newer than this version of hydrant can read (" +
                           std::to_string(kFormat) + ")");
  }
  const Json& stream = document->at("stream");
  if (document->at("crc32").get<uint32_t>() != Checksum(stream.dump())) {
    return DataLoss("the checksum does not match");
  }
  const auto status = ParseStreamStatus(stream.at("status").get<std::string>());
  if (!status) return DataLoss("unknown status");
  StreamDefinition definition = ReadRequest(stream.at("request"), options_.parse);
  definition.incarnation = stream.at("incarnation").get<std::string>();
  definition.version = stream.at("version").get<uint64_t>();
  definition.created = absl::FromUnixMillis(stream.at("created_ms").get<int64_t>());
  definition.updated = absl::FromUnixMillis(stream.at("updated_ms").get<int64_t>());
  definition.status = *status;
  definition.failure = stream.at("failure").get<std::string>();
  definition.tags = TagsFromJson(stream.value("tags", Json::object()));
  if (definition.encryption_failure.empty()) {
    definition.encryption_failure = stream.value("encryption_failure", "");
  }
  StreamHistory history = HistoryFromJson(stream.value("history", Json::array()));
  return Entry{Share(std::move(definition)),
               std::make_shared<const StreamHistory>(std::move(history))};
} catch (const Json::exception& error) {
  return DataLoss(error.what());
}

Status StreamCatalog::SetDamagedAside(const std::string& path, const std::string& reason) {
  ASSIGN_OR_RETURN(const std::string aside, SetAside(*options_.files, path));
  LogError("a stream's definition is damaged; its file is kept aside",
           {{"file", aside}, {"reason", reason}});
  return absl::OkStatus();
}

Status StreamCatalog::LoadFile(const std::string& file_name) {
  const std::string path = options_.directory + "/" + file_name;
  auto bytes = ReadWholeFile(*options_.files, path, kFileBytesMax);
  if (absl::IsResourceExhausted(bytes.status())) {
    return SetDamagedAside(path, std::string(Message(bytes.status())));
  }
  RETURN_IF_ERROR(bytes.status());
  StatusOr<Entry> entry = Decode(*bytes);
  if (entry.status().code() == absl::StatusCode::kDataLoss) {
    return SetDamagedAside(path, std::string(Message(entry.status())));
  }
  if (!entry.ok()) return WithContext(entry.status(), path);
  const std::string& name = entry->definition->name;
  if (name + std::string(kSuffix) != file_name) {
    return SetDamagedAside(path, "it holds a stream of another name: " + name);
  }
  streams_.emplace(name, *entry);
  return absl::OkStatus();
}

Status StreamCatalog::Load() {
  FileSystem& files = *options_.files;
  RETURN_IF_ERROR(files.CreateDirectories(options_.directory));
  ASSIGN_OR_RETURN(const std::vector<FileEntry> entries, files.List(options_.directory));
  for (const FileEntry& entry : entries) {
    if (entry.name.ends_with(kSuffix)) {
      RETURN_IF_ERROR(LoadFile(entry.name));
    } else if (entry.name.ends_with(kAsideSuffix)) {
      // A change that a crash cut off before its rename: it was never answered.
      RETURN_IF_ERROR(files.Remove(options_.directory + "/" + entry.name));
    }
  }
  RETURN_IF_ERROR(NoteDamaged());
  // A process that died may have left names in the system's cache only.
  return files.SyncDirectory(options_.directory);
}

Status StreamCatalog::NoteDamaged() {
  ASSIGN_OR_RETURN(const std::vector<FileEntry> entries, options_.files->List(options_.directory));
  for (const FileEntry& entry : entries) {
    const size_t at = entry.name.rfind(kDamagedInfix);
    if (at == entry.name.npos || entry.name.ends_with(kSuffix)) continue;
    const std::string stream = entry.name.substr(0, at);
    if (streams_.contains(stream)) continue;  // made anew, or put back
    damage_.push_back({stream, options_.directory + "/" + entry.name});
  }
  return absl::OkStatus();
}

std::optional<ApiError> StreamCatalog::DamagedBefore(std::string_view name) const {
  for (const CatalogDamage& damage : damage_) {
    if (damage.stream != name || !options_.files->FileSize(damage.file).ok()) continue;
    return ApiError{"ResourceInUseException",
                    "Firehose " + damage.stream +
                        " exists, but its definition is damaged: restore " + damage.stream +
                        ".json from a backup and restart hydrant, or remove " + damage.file +
                        " to use the name again"};
  }
  return std::nullopt;
}

StatusOr<std::unique_ptr<StreamCatalog>> StreamCatalog::Open(CatalogOptions options) {
  options.parse.taken_before = true;
  std::unique_ptr<StreamCatalog> catalog(new StreamCatalog(std::move(options)));
  RETURN_IF_ERROR(WithContext(catalog->Load(), "stream catalog"));
  return catalog;
}

Status StreamCatalog::WriteAside(const std::string& path, std::string_view bytes) {
  ASSIGN_OR_RETURN(auto file, options_.files->OpenAppend(path));
  RETURN_IF_ERROR(file->Truncate(0));  // what an earlier failure may have left
  RETURN_IF_ERROR(file->Append({&bytes, 1}));
  return file->SyncData();
}

// After a crash the file holds the old bytes or the new ones.
Status StreamCatalog::Install(const std::string& path) {
  RETURN_IF_ERROR(options_.files->Rename(Aside(path), path));
  return options_.files->SyncDirectory(options_.directory);
}

StreamCatalog::Entry StreamCatalog::Current(std::string_view name) const {
  const std::lock_guard lock(mutex_);
  const auto found = streams_.find(name);
  return found == streams_.end() ? Entry() : found->second;
}

StreamCatalog::Entry StreamCatalog::Next(StreamDefinition definition, ChangeAuthor author) const {
  const Entry before = Current(definition.name);
  StreamHistory history = before.history ? *before.history : StreamHistory();
  if (!author.operation.empty()) {
    history.push_back(DescribeChange(before.definition.get(), definition, std::move(author),
                                     options_.clock->Now()));
  }
  if (history.size() > kStreamChangesMax) history.erase(history.begin());
  return {Share(std::move(definition)), std::make_shared<const StreamHistory>(std::move(history))};
}

void StreamCatalog::Publish(const Entry& entry) {
  const std::lock_guard lock(mutex_);
  streams_[entry.definition->name] = entry;
}

Status StreamCatalog::Store(const Entry& next, const Apply& apply) {
  const std::string& name = next.definition->name;
  ASSIGN_OR_RETURN(const std::string bytes, EncodeToFit(*next.definition, *next.history));
  RETURN_IF_ERROR(WriteAside(Aside(PathOf(name)), bytes));
  Status stored = Install(PathOf(name));
  if (stored.ok() && apply) stored = apply(next.definition);
  if (!stored.ok()) {
    PutBack(name);
    return stored;
  }
  Publish(next);
  return absl::OkStatus();
}

// A change that was refused must not come true at the next start.
void StreamCatalog::PutBack(const std::string& name) {
  const std::string path = PathOf(name);
  const Entry before = Current(name);
  Status done;
  if (before.definition == nullptr) {
    done = options_.files->Remove(path);
  } else if (auto bytes = EncodeToFit(*before.definition, *before.history); !bytes.ok()) {
    done = bytes.status();
  } else {
    done = WriteAside(Aside(path), *bytes);
    if (done.ok()) done = Install(path);
  }
  if (done.ok() || absl::IsNotFound(done)) return;
  LogError("A change that failed may not be taken back; it is tried again at the next start.",
           {{"file", path}, {"error", Message(done)}});
}

std::optional<ApiError> StreamCatalog::Create(StreamDefinition definition, ChangeAuthor author) {
  const std::lock_guard writing(write_mutex_);
  size_t count = 0;
  {
    const std::lock_guard lock(mutex_);
    if (streams_.contains(definition.name)) {
      return ApiError{"ResourceInUseException", "Firehose " + definition.name +
                                                    " under accountId " +
                                                    options_.parse.account_id + " already exists"};
    }
    count = streams_.size();
  }
  if (count >= static_cast<size_t>(options_.streams_max)) {
    return ApiError{
        "LimitExceededException",
        "The limit of " + std::to_string(options_.streams_max) + " Firehose streams is reached"};
  }
  const Entry made = Next(std::move(definition), std::move(author));
  const Status stored = Store(made);
  if (stored.ok()) return std::nullopt;
  LogError("A stream's definition could not be stored.",
           {{"stream", made.definition->name}, {"error", Message(stored)}});
  return WhyNotStored(stored, "The stream's definition could not be stored.");
}

Status StreamCatalog::Replace(StreamDefinition definition, ChangeAuthor author,
                              const Apply& apply) {
  const std::lock_guard writing(write_mutex_);
  if (Find(definition.name) == nullptr) return NotFound("no stream " + definition.name);
  return Store(Next(std::move(definition), std::move(author)), apply);
}

Status StreamCatalog::SetStatus(std::string_view name, StreamStatus status, std::string failure) {
  const std::lock_guard writing(write_mutex_);
  const StreamDefinitionPtr current = Find(name);
  if (current == nullptr) return NotFound("no stream " + std::string(name));
  StreamDefinition changed = *current;
  changed.status = status;
  changed.failure = std::move(failure);
  const Entry next = Next(std::move(changed), {});
  const Status stored = Store(next);
  Publish(next);
  return stored;
}

Status StreamCatalog::MarkDeleting(std::string_view name, ChangeAuthor author) {
  const std::lock_guard writing(write_mutex_);
  const StreamDefinitionPtr current = Find(name);
  if (current == nullptr) return NotFound("no stream " + std::string(name));
  StreamDefinition changed = *current;
  changed.status = StreamStatus::kDeleting;
  changed.failure.clear();
  return Store(Next(std::move(changed), std::move(author)));
}

Status StreamCatalog::Remove(std::string_view name) {
  const std::lock_guard writing(write_mutex_);
  const StreamDefinitionPtr current = Find(name);
  if (current == nullptr) return absl::OkStatus();
  const Status removed = options_.files->Remove(PathOf(name));
  if (!removed.ok() && !absl::IsNotFound(removed)) return removed;
  RETURN_IF_ERROR(options_.files->SyncDirectory(options_.directory));
  const std::lock_guard lock(mutex_);
  streams_.erase(current->name);
  return absl::OkStatus();
}

StreamDefinitionPtr StreamCatalog::Find(std::string_view name) const {
  return Current(name).definition;
}

StreamHistoryPtr StreamCatalog::History(std::string_view name) const {
  return Current(name).history;
}

std::vector<StreamDefinitionPtr> StreamCatalog::All() const {
  const std::lock_guard lock(mutex_);
  std::vector<StreamDefinitionPtr> all;
  all.reserve(streams_.size());
  for (const auto& [name, entry] : streams_) all.push_back(entry.definition);
  return all;
}

StreamListing StreamCatalog::List(std::string_view after, size_t limit,
                                  std::string_view type) const {
  StreamListing listing;
  const std::lock_guard lock(mutex_);
  for (auto it = streams_.upper_bound(after); it != streams_.end(); ++it) {
    if (!type.empty() && it->second.definition->type != type) continue;
    if (listing.names.size() == limit) {
      listing.has_more = true;
      break;
    }
    listing.names.push_back(it->first);
  }
  return listing;
}

}  // namespace hydrant
