#include "engine/codec/compression.h"

#include "engine/base/check.h"
#include "engine/codec/dense_deflate.h"
#include "engine/codec/gzip.h"
#include "engine/codec/hadoop_snappy.h"
#include "engine/codec/snappy.h"
#include "engine/codec/zip.h"

namespace hydrant {
namespace {

struct FormatRow {
  CompressionFormat format;
  std::string_view name;
  std::string_view extension;
  std::string_view content_encoding;
};

// In the order of the enumeration.
constexpr FormatRow kFormats[] = {
    {CompressionFormat::kUncompressed, "UNCOMPRESSED", "", ""},
    {CompressionFormat::kGzip, "GZIP", ".gz", "gzip"},
    {CompressionFormat::kZip, "ZIP", ".zip", "zip"},
    {CompressionFormat::kSnappy, "Snappy", ".snappy", "snappy-java"},
    {CompressionFormat::kHadoopSnappy, "HADOOP_SNAPPY", ".hsnappy", "hadoop-snappy"},
};

const FormatRow& RowOf(CompressionFormat format) {
  const FormatRow& row = kFormats[static_cast<size_t>(format)];
  HYDRANT_CHECK(row.format == format);
  return row;
}

// libdeflate's level; nothing: ISA-L does it.
std::optional<int> DenseLevel(CompressionEffort effort) {
  switch (effort) {
    case CompressionEffort::kFast:
      return std::nullopt;
    case CompressionEffort::kBalanced:
      return 6;
    case CompressionEffort::kSmall:
      return 9;
  }
  return std::nullopt;
}

}  // namespace

bool HasEfforts(CompressionFormat format) {
  return format == CompressionFormat::kGzip || format == CompressionFormat::kZip;
}

std::string_view CompressionFormatName(CompressionFormat format) { return RowOf(format).name; }

std::optional<CompressionFormat> ParseCompressionFormat(std::string_view name) {
  for (const FormatRow& row : kFormats) {
    if (row.name == name) return row.format;
  }
  return std::nullopt;
}

std::string_view DefaultExtension(CompressionFormat format) { return RowOf(format).extension; }

std::string_view ContentEncoding(CompressionFormat format) {
  return RowOf(format).content_encoding;
}

StatusOr<BlockBuffer> Compress(CompressionFormat format, CompressionEffort effort,
                               std::span<const std::string_view> pieces,
                               std::string_view entry_name) {
  switch (format) {
    case CompressionFormat::kGzip:
      return CompressGzip(pieces, DenseLevel(effort));
    case CompressionFormat::kZip:
      return CompressZip(pieces, DenseLevel(effort), entry_name);
    case CompressionFormat::kSnappy:
      return CompressSnappy(pieces);
    case CompressionFormat::kHadoopSnappy:
      return CompressHadoopSnappy(pieces);
    case CompressionFormat::kUncompressed:
      break;
  }
  HYDRANT_CHECK(format != CompressionFormat::kUncompressed);
  return Internal("no such compression format");
}

uint64_t CompressWorkBytes(CompressionFormat format, CompressionEffort effort) {
  return HasEfforts(format) && DenseLevel(effort) ? kDenseDeflateWorkBytes : 0;
}

}  // namespace hydrant
