#include "engine/codec/zip.h"

#include "engine/base/check.h"
#include "engine/codec/deflate.h"
#include "engine/codec/dense_deflate.h"
#include "engine/codec/little_endian.h"
#include "engine/codec/pieces.h"

#include <algorithm>
#include <cstdint>
#include <string>

namespace hydrant {
namespace {

constexpr uint32_t kLocalHeaderSignature = 0x04034b50;
constexpr uint32_t kCentralSignature = 0x02014b50;
constexpr uint32_t kEndSignature = 0x06054b50;
constexpr uint32_t kZip64EndSignature = 0x06064b50;
constexpr uint32_t kZip64LocatorSignature = 0x07064b50;
constexpr uint16_t kVersionDeflate = 20;
constexpr uint16_t kVersionZip64 = 45;
constexpr uint16_t kMadeByUnix = 3 << 8;
constexpr uint16_t kFlagUtf8Name = 1 << 11;
constexpr uint16_t kMethodDeflate = 8;
constexpr uint32_t kDosTime1980 = 0x00210000;  // date in the upper half: 1980-01-01
constexpr uint16_t kZip64ExtraId = 1;
constexpr uint32_t kRegularFile0644 = 0100644U << 16;
constexpr uint32_t kSeeZip64 = 0xffffffff;
// Larger input uses ZIP64. Below it, even stored blocks (5 bytes each 64 KiB) stay under 4 GiB.
constexpr uint64_t kPlainBytesMax = 0xfff00000;

struct Entry {
  std::string_view name;
  uint64_t bytes = 0;
  uint64_t compressed_bytes = 0;
  uint32_t crc = 0;
  bool zip64() const { return bytes > kPlainBytesMax; }
  uint16_t version() const { return zip64() ? kVersionZip64 : kVersionDeflate; }
};

std::string Zip64Extra(const Entry& entry) {
  std::string extra;
  if (!entry.zip64()) return extra;
  AppendLittleEndian<uint16_t>(extra, kZip64ExtraId);
  AppendLittleEndian<uint16_t>(extra, 2 * sizeof(uint64_t));
  AppendLittleEndian<uint64_t>(extra, entry.bytes);
  AppendLittleEndian<uint64_t>(extra, entry.compressed_bytes);
  return extra;
}

// What a local header and a central directory entry have in common.
void AppendCommonFields(std::string& out, const Entry& entry, const std::string& extra) {
  AppendLittleEndian<uint16_t>(out, entry.version());
  AppendLittleEndian<uint16_t>(out, kFlagUtf8Name);
  AppendLittleEndian<uint16_t>(out, kMethodDeflate);
  AppendLittleEndian<uint32_t>(out, kDosTime1980);
  AppendLittleEndian<uint32_t>(out, entry.crc);
  AppendLittleEndian<uint32_t>(
      out, entry.zip64() ? kSeeZip64 : static_cast<uint32_t>(entry.compressed_bytes));
  AppendLittleEndian<uint32_t>(out, entry.zip64() ? kSeeZip64 : static_cast<uint32_t>(entry.bytes));
  AppendLittleEndian<uint16_t>(out, static_cast<uint16_t>(entry.name.size()));
  AppendLittleEndian<uint16_t>(out, static_cast<uint16_t>(extra.size()));
}

std::string LocalHeader(const Entry& entry) {
  const std::string extra = Zip64Extra(entry);
  std::string out;
  AppendLittleEndian<uint32_t>(out, kLocalHeaderSignature);
  AppendCommonFields(out, entry, extra);
  out.append(entry.name).append(extra);
  return out;
}

std::string CentralDirectory(const Entry& entry) {
  const std::string extra = Zip64Extra(entry);
  std::string out;
  AppendLittleEndian<uint32_t>(out, kCentralSignature);
  AppendLittleEndian<uint16_t>(out, static_cast<uint16_t>(kMadeByUnix | entry.version()));
  AppendCommonFields(out, entry, extra);
  AppendLittleEndian<uint16_t>(out, 0);  // comment
  AppendLittleEndian<uint16_t>(out, 0);  // disk
  AppendLittleEndian<uint16_t>(out, 0);  // internal attributes
  AppendLittleEndian<uint32_t>(out, kRegularFile0644);
  AppendLittleEndian<uint32_t>(out, 0);  // offset of the local header
  out.append(entry.name).append(extra);
  return out;
}

void AppendZip64End(std::string& out, uint64_t directory_at, uint64_t directory_bytes) {
  constexpr uint64_t kEndBytesThatFollow = 44;
  AppendLittleEndian<uint32_t>(out, kZip64EndSignature);
  AppendLittleEndian<uint64_t>(out, kEndBytesThatFollow);
  AppendLittleEndian<uint16_t>(out, kMadeByUnix | kVersionZip64);
  AppendLittleEndian<uint16_t>(out, kVersionZip64);
  AppendLittleEndian<uint32_t>(out, 0);  // this disk
  AppendLittleEndian<uint32_t>(out, 0);  // disk of the directory
  AppendLittleEndian<uint64_t>(out, 1);  // entries here
  AppendLittleEndian<uint64_t>(out, 1);  // entries in all
  AppendLittleEndian<uint64_t>(out, directory_bytes);
  AppendLittleEndian<uint64_t>(out, directory_at);
  AppendLittleEndian<uint32_t>(out, kZip64LocatorSignature);
  AppendLittleEndian<uint32_t>(out, 0);  // disk of the record above
  AppendLittleEndian<uint64_t>(out, directory_at + directory_bytes);
  AppendLittleEndian<uint32_t>(out, 1);  // disks
}

std::string EndOfArchive(const Entry& entry, uint64_t directory_at, uint64_t directory_bytes) {
  std::string out;
  if (entry.zip64()) AppendZip64End(out, directory_at, directory_bytes);
  AppendLittleEndian<uint32_t>(out, kEndSignature);
  AppendLittleEndian<uint16_t>(out, 0);  // this disk
  AppendLittleEndian<uint16_t>(out, 0);  // disk of the directory
  AppendLittleEndian<uint16_t>(out, 1);  // entries here
  AppendLittleEndian<uint16_t>(out, 1);  // entries in all
  AppendLittleEndian<uint32_t>(out, static_cast<uint32_t>(directory_bytes));
  AppendLittleEndian<uint32_t>(out,
                               entry.zip64() ? kSeeZip64 : static_cast<uint32_t>(directory_at));
  AppendLittleEndian<uint16_t>(out, 0);  // comment
  return out;
}

}  // namespace

StatusOr<BlockBuffer> CompressZip(std::span<const std::string_view> pieces,
                                  std::optional<int> dense_level, std::string_view entry_name) {
  HYDRANT_CHECK(entry_name.size() <= UINT16_MAX);
  Entry entry{entry_name, TotalBytes(pieces), 0, Crc32(pieces)};
  const size_t header_bytes = LocalHeader(entry).size();
  BlockBuffer out(header_bytes + FirstBlockBytes(pieces));
  // Sizes go before the data: the header is filled in when they are known, for its block does not
  // move.
  char* const header_at = out.Reserve(header_bytes).data();
  out.Commit(header_bytes);
  RETURN_IF_ERROR(dense_level ? DenseDeflate(pieces, *dense_level, out)
                              : Deflate(pieces, DeflateWrapper::kNone, out));
  entry.compressed_bytes = out.size() - header_bytes;
  const std::string header = LocalHeader(entry);
  HYDRANT_CHECK(header.size() == header_bytes);
  std::copy(header.begin(), header.end(), header_at);

  const uint64_t directory_at = out.size();
  const std::string directory = CentralDirectory(entry);
  out.Append(directory);
  out.Append(EndOfArchive(entry, directory_at, directory.size()));
  return out;
}

}  // namespace hydrant
