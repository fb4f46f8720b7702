// NearestName: what somebody who mistyped a name most likely meant.
// Owner:   any thread
#pragma once

#include <span>
#include <string_view>

namespace hydrant {

// The candidate with the fewest edits (insert, delete, change, swap of neighbours; case counts for
// nothing), or empty when none is near enough to be worth suggesting: about one edit in three
// characters.
std::string_view NearestName(std::string_view name, std::span<const std::string_view> candidates);

}  // namespace hydrant
