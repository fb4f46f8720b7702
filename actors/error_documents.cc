#include "actors/error_documents.h"

#include "engine/base/check.h"
#include "engine/delivery/error_document.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace hydrant {
namespace {

// Which failure a position belongs to.
class FailureIndex {
 public:
  explicit FailureIndex(std::span<const Failure> failures) {
    for (const Failure& failure : failures) {
      for (const PositionRange& range : failure.positions) entries_.push_back({range, &failure});
    }
    std::sort(entries_.begin(), entries_.end(),
              [](const Entry& a, const Entry& b) { return a.range.begin < b.range.begin; });
  }
  const Failure& Of(Position position) const {
    const auto after =
        std::upper_bound(entries_.begin(), entries_.end(), position,
                         [](Position at, const Entry& entry) { return at < entry.range.begin; });
    HYDRANT_CHECK(after != entries_.begin() && position < std::prev(after)->range.end);
    return *std::prev(after)->failure;
  }

 private:
  struct Entry {
    PositionRange range;
    const Failure* failure;
  };
  std::vector<Entry> entries_;
};

}  // namespace

Slice ErrorDocuments(const Slice& slice, std::span<const Failure> failures,
                     std::string_view record_id_prefix, ArenaPool& pool) {
  const FailureIndex index(failures);
  const RecordBatch& batch = *slice.batch;
  RecordBatchBuilder builder(pool, slice.bytes().size() * 3 / 2 + 1024, slice.record_count());
  const PositionRange source = slice.positions();
  std::vector<uint32_t> offsets;
  offsets.reserve(slice.record_count());
  std::string document;
  std::string id(record_id_prefix);
  for (uint32_t i = slice.begin; i < slice.end; ++i) {
    document.clear();
    const Position position = batch.PositionOf(i);
    id.resize(record_id_prefix.size());
    absl::StrAppend(&id, absl::Dec(position.value, absl::kZeroPad20));
    AppendErrorDocument(index.Of(position), {id, batch.arrival(), batch.Record(i)}, &document);
    builder.AddRecord(document);
    offsets.push_back(static_cast<uint32_t>(position - source.begin));
  }
  const auto count = static_cast<uint32_t>(slice.record_count());
  return {std::move(builder).BuildTransformed(batch.arrival(), source, std::move(offsets)), 0,
          count};
}

uint64_t ErrorDocumentsCost(uint64_t records, uint64_t bytes, std::span<const Failure> failures) {
  uint64_t envelope = 0;  // of one document
  for (const Failure& failure : failures) {
    envelope = std::max(envelope, ErrorDocumentBytesMax(failure, 0));
  }
  // The builder doubles its memory when it grows, and copies: old and new are there together for a moment.
  return 3 * (bytes * 4 / 3 + records * (envelope + sizeof(uint32_t)));
}

}  // namespace hydrant
