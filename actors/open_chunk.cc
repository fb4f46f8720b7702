#include "actors/open_chunk.h"

#include "engine/io/aws/sigv4.h"

#include <absl/strings/str_cat.h>

#include <algorithm>

namespace hydrant {

void OpenChunk::Add(const Slice& slice, uint64_t cost) {
  ChunkSeal& seal = chunk.seal;
  AddRange(seal.positions, slice.positions());
  seal.record_count += slice.record_count();
  seal.payload_bytes += slice.bytes().size();
  seal.oldest_arrival = std::min(seal.oldest_arrival, slice.batch->arrival());
  if (slice.record_count() > 0) chunk.slices.push_back(slice);
  cost_bytes += cost;
}

void OpenChunk::AddErrors(const Slice& documents, const std::shared_ptr<const Failure>& failure,
                          uint64_t cost) {
  Add(documents, cost);
  std::vector<Failure>& failures = chunk.seal.failures;
  if (failures.empty() || last_failure != failure) {
    last_failure = failure;
    failures.push_back(*failure);
    failures.back().positions.clear();
  }
  AddRange(failures.back().positions, documents.positions());
}

uint32_t CutWithin(const Slice& slice, uint64_t room) {
  if (slice.begin == slice.end) return slice.end;
  const std::vector<uint32_t>& ends = slice.batch->ends();
  const uint64_t base = slice.begin == 0 ? 0 : ends[slice.begin - 1];
  uint32_t cut = static_cast<uint32_t>(
      std::upper_bound(ends.begin() + slice.begin, ends.begin() + slice.end, base + room) -
      ends.begin());
  auto splits_source = [&](uint32_t at) {
    return at > slice.begin && at < slice.end &&
           slice.batch->PositionOf(at - 1) == slice.batch->PositionOf(at);
  };
  while (splits_source(cut)) --cut;
  if (cut == slice.begin) {
    ++cut;
    while (splits_source(cut)) ++cut;
  }
  return cut;
}

std::string IdOfRest(const std::string& id, const PositionRanges& left) {
  std::string text = id;
  for (const PositionRange& range : left) {
    absl::StrAppend(&text, " ", range.begin.value, "-", range.end.value);
  }
  std::string uuid = aws::Sha256Hex(text).substr(0, 32);
  for (const size_t dash : {8, 13, 18, 23}) uuid.insert(dash, 1, '-');
  return uuid;
}

}  // namespace hydrant
