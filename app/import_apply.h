// ApplyImport: makes imported streams at a node, and leaves those alone that are there.
// Owner:   main thread
// Units:   waits at most 10 s for streams that are CREATING
// Errors:  kInvalidArgument, with nothing made: secrets are missing; names all of them. kUnavailable: no usable answer
#pragma once

#include "app/client_credentials.h"
#include "app/firehose_client.h"
#include "engine/base/status.h"
#include "engine/exchange/exported.h"

#include <functional>
#include <string>

namespace hydrant {

struct ImportOutcome {
  int created = 0;
  int equal = 0;
  int different = 0;  // there already, and otherwise: not touched
  int refused = 0;
  int failing = 0;  // created or equal, and it can't run, or nobody knows
};

// `say` hears a line about each stream. Secrets come from `environment`, under the names that StreamsYaml gives them.
StatusOr<ImportOutcome> ApplyImport(StreamRequests requests, FirehoseClient& client,
                                    const Environment& environment,
                                    const std::function<void(const std::string& line)>& say);

}  // namespace hydrant
