// TellOfExport: what who exports must know beside the document: which secrets to fill in, and what was left out.
// Owner:   main thread
#pragma once

#include "app/console.h"
#include "engine/exchange/exported.h"

#include <string_view>

namespace hydrant {

// On standard error. `how`: what the names of secrets are: "environment variables".
void TellOfExport(const Exported& exported, std::string_view how, const Console& console);

}  // namespace hydrant
