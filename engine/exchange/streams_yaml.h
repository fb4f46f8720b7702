// StreamsYaml: streams as the list `streams:` of hydrant.yaml. Secrets are references to environment variables.
// Owner:   any thread; pure
// Source:  docs/configuration.md ("Streams"; how ${NAME} and $${ are read)
#pragma once

#include "engine/exchange/exported.h"

namespace hydrant {

Exported StreamsYaml(StreamRequests requests);

// The requests themselves, one JSON document a stream, with ${NAME} for secrets.
Exported StreamsJson(StreamRequests requests);

}  // namespace hydrant
