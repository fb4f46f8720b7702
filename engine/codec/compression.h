// Compression formats of delivered objects, named as Firehose names them.
// Source:  firehose 2015-08-04 service model, CompressionFormat; developer guide, "create-destination"
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "engine/base/status.h"

namespace hydrant {

enum class CompressionFormat { kUncompressed, kGzip, kZip, kSnappy, kHadoopSnappy };

// "UNCOMPRESSED", "GZIP", "ZIP", "Snappy", "HADOOP_SNAPPY".
std::string_view CompressionFormatName(CompressionFormat format);
std::optional<CompressionFormat> ParseCompressionFormat(std::string_view name);
// "", ".gz", ".zip", ".snappy", ".hsnappy".
std::string_view DefaultExtension(CompressionFormat format);
// "gzip" for kGzip as Firehose sets it on objects, else empty.
std::string_view ContentEncoding(CompressionFormat format);

// Compresses the pieces, in order, as one stream into one block of memory, without joining them first.
// `entry_name` is the name of the file inside a ZIP. `format` must not be kUncompressed.
StatusOr<std::string> Compress(CompressionFormat format, std::span<const std::string_view> pieces,
                               std::string_view entry_name);

}  // namespace hydrant
