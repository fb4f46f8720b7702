// TellOfExport: what who exports must know beside the document: which secrets to fill in, what was left out, and what
// can't be used here.
// Owner:   main thread
#pragma once

#include "app/console.h"
#include "engine/exchange/exported.h"

#include <string>
#include <string_view>
#include <vector>

namespace hydrant {

// On standard error. `how`: what the names of secrets are: "environment variables".
void TellOfExport(const Exported& exported, std::string_view how, const Console& console);

// What of the streams this build can't serve: a node of this build does not start with these in its configuration.
std::vector<std::string> MissingFor(const StreamRequests& requests);

}  // namespace hydrant
