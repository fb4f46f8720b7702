#include "engine/config/nearest_name.h"

#include <absl/strings/ascii.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <vector>

namespace hydrant {
namespace {

// Longer names are no typing mistake of ours; this also bounds the work.
constexpr size_t kNameSizeMax = 100;

bool SameLetter(char a, char b) { return absl::ascii_tolower(a) == absl::ascii_tolower(b); }

// Edit distance with swaps of neighbours (optimal string alignment), three rows at a time.
size_t EditDistance(std::string_view a, std::string_view b) {
  std::array<std::vector<size_t>, 3> rows;
  for (auto& row : rows) row.resize(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) rows[0][j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    std::vector<size_t>& row = rows[i % 3];
    const std::vector<size_t>& above = rows[(i + 2) % 3];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t change = above[j - 1] + (SameLetter(a[i - 1], b[j - 1]) ? 0 : 1);
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, change});
      if (i > 1 && j > 1 && SameLetter(a[i - 1], b[j - 2]) && SameLetter(a[i - 2], b[j - 1])) {
        row[j] = std::min(row[j], rows[(i + 1) % 3][j - 2] + 1);
      }
    }
  }
  return rows[a.size() % 3][b.size()];
}

}  // namespace

std::string_view NearestName(std::string_view name, std::span<const std::string_view> candidates) {
  if (name.size() > kNameSizeMax) return {};
  std::string_view best;
  size_t best_distance = std::max<size_t>(1, (name.size() + 1) / 3) + 1;
  for (const std::string_view candidate : candidates) {
    if (candidate.size() > kNameSizeMax) continue;
    const size_t distance = EditDistance(name, candidate);
    if (distance < best_distance) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

}  // namespace hydrant
