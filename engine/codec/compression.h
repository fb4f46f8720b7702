// Compression formats of delivered objects, named as Firehose names them.
// Owner:   any thread
// Errors:  kInternal when a library refuses its input: our bug, or memory that is not what it was
// Source:  firehose 2015-08-04 service model, CompressionFormat; developer guide,
//          "create-destination" and "s3-object-name" (extensions);
//          docs/decisions/0004-snappy-framing.md (what Snappy means, encodings)
#pragma once

#include "engine/base/status.h"
#include "engine/codec/block_buffer.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace hydrant {

enum class CompressionFormat { kUncompressed, kGzip, kZip, kSnappy, kHadoopSnappy };

// How much CPU GZIP and ZIP may cost for the size of what they make; the other formats know no such choice. README.md
// has the figures.
enum class CompressionEffort { kFast, kBalanced, kSmall };
bool HasEfforts(CompressionFormat format);

// "UNCOMPRESSED", "GZIP", "ZIP", "Snappy", "HADOOP_SNAPPY".
std::string_view CompressionFormatName(CompressionFormat format);
// Case counts, as it does for Firehose.
std::optional<CompressionFormat> ParseCompressionFormat(std::string_view name);
// "", ".gz", ".zip", ".snappy", ".hsnappy".
std::string_view DefaultExtension(CompressionFormat format);
// What Firehose sets on objects: "", "gzip", "zip", "snappy-java", "hadoop-snappy".
std::string_view ContentEncoding(CompressionFormat format);

// Compresses the pieces, in order, as one stream, without joining them first.
// `entry_name` is the name of the file inside a ZIP. `format` must not be kUncompressed.
StatusOr<BlockBuffer> Compress(CompressionFormat format, CompressionEffort effort,
                               std::span<const std::string_view> pieces,
                               std::string_view entry_name);

// What Compress holds at most, while it runs, beside its input and its output. Zero where that is a thread's own, kept
// for its next call.
uint64_t CompressWorkBytes(CompressionFormat format, CompressionEffort effort);

}  // namespace hydrant
