// Position: a record's place in its shard, and ranges of places.
#pragma once

#include <compare>
#include <cstdint>
#include <vector>

namespace hydrant {

// The 64-bit sequence number of a record in a shard. The first record of a shard is 0.
struct Position {
  uint64_t value = 0;
  auto operator<=>(const Position&) const = default;
  Position operator+(uint64_t n) const { return {value + n}; }
  uint64_t operator-(Position other) const { return value - other.value; }
};

// Records [begin, end). Lists of ranges are sorted, disjoint and not adjacent.
struct PositionRange {
  Position begin;
  Position end;
  bool operator==(const PositionRange&) const = default;
  uint64_t size() const { return end - begin; }
};
using PositionRanges = std::vector<PositionRange>;

// Adds `range` to the sorted list, joining neighbours. Appending at the end costs O(1).
void AddRange(PositionRanges& ranges, PositionRange range);
// The parts of `range` that are not in `covered`.
PositionRanges SubtractRanges(PositionRange range, const PositionRanges& covered);
PositionRanges SubtractRanges(const PositionRanges& ranges, const PositionRanges& covered);
// Number of positions in all ranges.
uint64_t CountPositions(const PositionRanges& ranges);

}  // namespace hydrant
