// KeysOfQuery: which keys a MetadataExtraction query gives records, as far as that shows without running it.
// Owner:   any thread; pure
// Source:  jq 1.6 manual, "Object Construction"; developer guide "dynamic-partitioning-partitioning-keys"
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace hydrant {

// `{customer: .customer_id, "region": .place.region}` gives customer and region. Of a query that is not one object,
// and of keys that are computed, only jq knows: they are left out.
std::vector<std::string> KeysOfQuery(std::string_view query);

}  // namespace hydrant
