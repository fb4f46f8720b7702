// StreamCatalog: the definitions of all streams of a node, kept in its data directory.
// Owner:   any thread; readers never wait for the disk
// Units:   one file a stream, `DIRECTORY/NAME.json`, at most 2 MiB. Format 1:
//            {"format": 1, "crc32": N, "stream": {name, incarnation, version, status, failure,
//             created_ms, updated_ms, request, tags, encryption_failure, history}}
//          where crc32 is zlib's, of `stream` as compact JSON with sorted keys; the last three may be missing
// Errors:  Open: kInvalidArgument for a file of a newer format (nothing is touched). A damaged
//          file is renamed to `NAME.json.damaged`, logged and listed in damage(); the others are
//          served. A change that the disk refuses is not made, one that would make too large a file is
//          kInvalidArgument; history that does not fit is forgotten.
#pragma once

#include "engine/base/clock.h"
#include "engine/base/status.h"
#include "engine/io/file_system.h"
#include "engine/stream/api_error.h"
#include "engine/stream/definition_parser.h"
#include "engine/stream/stream_definition.h"
#include "engine/stream/stream_history.h"

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hydrant {

struct CatalogOptions {
  std::string directory;  // made when it is not there
  int streams_max = 5000;
  ParseOptions parse;  // how stored requests are read back
  FileSystem* files = &FileSystem::Posix();
  const Clock* clock = &Clock::System();
};

struct CatalogDamage {
  std::string stream;
  std::string file;  // where the damaged bytes are now
};

// What a client is told of a change that was not stored or not applied; `internal` when it can do nothing about it.
ApiError WhyNotStored(const Status& status, std::string internal);

struct StreamListing {
  std::vector<std::string> names;
  bool has_more = false;
};

class StreamCatalog {
 public:
  static StatusOr<std::unique_ptr<StreamCatalog>> Open(CatalogOptions options);

  // Why nothing can be done with a stream of that name: its damaged definition lies there. Nothing: it is free.
  std::optional<ApiError> DamagedBefore(std::string_view name) const;

  // Makes a running stream what a definition says.
  using Apply = std::function<Status(const StreamDefinitionPtr& definition)>;

  // ResourceInUseException, LimitExceededException, or what WhyNotStored says.
  std::optional<ApiError> Create(StreamDefinition definition, ChangeAuthor author = {});
  // Puts a changed definition in the place of the one of its name. Without an author it is noted nowhere. It is on
  // disk before it is applied and seen by others after; what can't be applied is taken back. kNotFound.
  Status Replace(StreamDefinition definition, ChangeAuthor author = {}, const Apply& apply = {});
  // What the disk refuses is shown all the same: the next start finds it out again. kNotFound.
  Status SetStatus(std::string_view name, StreamStatus status, std::string failure = "");
  // kNotFound.
  Status MarkDeleting(std::string_view name, ChangeAuthor author = {});
  // A stream that is not there is no error.
  Status Remove(std::string_view name);

  // Null when there is none.
  StreamDefinitionPtr Find(std::string_view name) const;
  std::vector<StreamDefinitionPtr> All() const;
  // Null when there is no such stream.
  StreamHistoryPtr History(std::string_view name) const;
  // By name, after `after`; of one type unless `type` is empty.
  StreamListing List(std::string_view after, size_t limit, std::string_view type) const;

  // What was found broken at Open, then or earlier: streams that are not there because nobody can read them.
  const std::vector<CatalogDamage>& damage() const { return damage_; }

 private:
  explicit StreamCatalog(CatalogOptions options) : options_(std::move(options)) {}
  Status Load();
  Status LoadFile(const std::string& file_name);
  Status NoteDamaged();
  Status SetDamagedAside(const std::string& path, const std::string& reason);
  struct Entry {
    StreamDefinitionPtr definition;
    StreamHistoryPtr history;
  };
  StatusOr<Entry> Decode(const std::string& bytes) const;
  Entry Current(std::string_view name) const;  // or empty
  Entry Next(StreamDefinition definition, ChangeAuthor author) const;
  Status Store(const Entry& next, const Apply& apply = {});
  void Publish(const Entry& entry);
  void PutBack(const std::string& name);
  Status WriteAside(const std::string& path, std::string_view bytes);
  Status Install(const std::string& path);
  std::string PathOf(std::string_view name) const;

  const CatalogOptions options_;
  std::vector<CatalogDamage> damage_;
  std::mutex write_mutex_;  // one change at a time; taken before mutex_
  mutable std::mutex mutex_;
  std::map<std::string, Entry, std::less<>> streams_;
};

}  // namespace hydrant
