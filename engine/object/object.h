// Object making: the key and the bytes of the object that a chunk becomes. Every sink that writes
// objects uses these two, and every format of objects goes through EncodeObject.
// Owner:   any thread
// Units:   a key has at most 1,024 bytes, S3's limit
// Errors:  keys cannot fail: a chunk has to go somewhere
// Source:  developer guide, "basic-deliver" (object name), "s3-prefixes"
#pragma once

#include "engine/base/status.h"
#include "engine/object/object_options.h"
#include "engine/record/chunk.h"
#include "engine/stream/definition_problem.h"
#include "engine/stream/key_name.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hydrant {

// `<evaluated prefix>` and ObjectName: the time is that of the chunk's oldest record, the uuid the chunk's own id.
// Error documents go under the error prefix, by the type of their failures. The same seal has the same key. Where the prefix cannot be evaluated, or makes too
// long a key, it is `prefix-evaluation-failed/yyyy/MM/dd/HH/` (UTC) instead: the records are where
// an operator finds them.
std::string ObjectKey(const ObjectOptions& options, const ObjectOrigin& origin,
                      const ChunkSeal& seal);

// What is known to fail about every key that the prefixes make, before there is a record: too long,
// or with a control character. Paths are "Prefix" and "ErrorOutputPrefix". Prefixes that cannot be
// parsed are passed over: CheckPrefixes names them.
std::vector<DefinitionProblem> CheckObjectKeys(const ObjectOptions& options,
                                               std::string_view stream_name);

// The object's bytes. Without compression they are the chunk's slices themselves, which the payload
// keeps alive. A ZIP holds one file, named like the last part of the chunk's key without `.zip`.
StatusOr<Payload> EncodeObject(const ObjectOptions& options, const Chunk& chunk);

}  // namespace hydrant
