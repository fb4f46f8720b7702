#include "engine/record/position.h"

#include <algorithm>

namespace hydrant {

void AddRange(PositionRanges& ranges, PositionRange range) {
  if (range.begin >= range.end) return;
  if (ranges.empty() || ranges.back().end < range.begin) {
    ranges.push_back(range);
    return;
  }
  // First range that touches or lies after the new one.
  auto first = std::lower_bound(
      ranges.begin(), ranges.end(), range,
      [](const PositionRange& a, const PositionRange& b) { return a.end < b.begin; });
  auto last = first;
  while (last != ranges.end() && last->begin <= range.end) {
    range.begin = std::min(range.begin, last->begin);
    range.end = std::max(range.end, last->end);
    ++last;
  }
  first = ranges.erase(first, last);
  ranges.insert(first, range);
}

PositionRanges SubtractRanges(PositionRange range, const PositionRanges& covered) {
  PositionRanges rest;
  Position at = range.begin;
  for (const PositionRange& hole : covered) {
    if (hole.end <= at) continue;
    if (hole.begin >= range.end) break;
    if (hole.begin > at) rest.push_back({at, hole.begin});
    at = std::max(at, hole.end);
  }
  if (at < range.end) rest.push_back({at, range.end});
  return rest;
}

PositionRanges SubtractRanges(const PositionRanges& ranges, const PositionRanges& covered) {
  PositionRanges rest;
  auto hole = covered.begin();
  for (const PositionRange& range : ranges) {
    Position at = range.begin;
    while (hole != covered.end() && hole->end <= at) ++hole;
    // A hole may reach into the next range: it is looked at again there.
    for (auto next = hole; next != covered.end() && next->begin < range.end; ++next) {
      if (next->begin > at) rest.push_back({at, next->begin});
      at = std::max(at, next->end);
    }
    if (at < range.end) rest.push_back({at, range.end});
  }
  return rest;
}

uint64_t CountPositions(const PositionRanges& ranges) {
  uint64_t count = 0;
  for (const PositionRange& range : ranges) count += range.size();
  return count;
}

}  // namespace hydrant
