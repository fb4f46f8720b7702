// Decompress: an object's text, by other people's decompressors, whatever Firehose compressed it with.
// Owner:   any thread
// Units:   at most 4 GiB of text
// Errors:  kDataLoss: it is broken or cut short; kResourceExhausted: larger than that
// Source:  RFC 1952; PKWARE APPNOTE 4.3.7 (local file header); docs/decisions/0004-snappy-framing.md
#pragma once

#include "engine/base/status.h"

#include <string>
#include <string_view>

namespace hydrant::load {

// The format is told by the object's first bytes; HADOOP_SNAPPY, which has none of its own, by the key's end.
StatusOr<std::string> Decompress(std::string_view key, std::string data);

}  // namespace hydrant::load
