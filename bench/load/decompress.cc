#include "bench/load/decompress.h"

#include <snappy.h>
#include <zlib.h>

#include <utility>

namespace hydrant::load {
namespace {

constexpr size_t kTextBytesMax = size_t{4} << 30;
constexpr int kRawDeflate = -15;
constexpr int kGzipOnly = 15 + 16;
constexpr std::string_view kGzipMagic("\x1f\x8b", 2);
constexpr std::string_view kZipMagic("PK\3\4", 4);
constexpr std::string_view kSnappyMagic("\x82SNAPPY\0", 8);
constexpr size_t kSnappyHeader = 16;
constexpr size_t kZipHeader = 30;

Status Broken() { return DataLoss("the object is cut short or broken"); }

// Appends one compressed stream; `data` is moved behind it.
Status InflateOne(int window, std::string_view& data, std::string& text) {
  z_stream stream{};
  if (inflateInit2(&stream, window) != Z_OK) return Internal("zlib can't decompress");
  // zlib takes, but does not change, what is no const to it.
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(data.data()));
  stream.avail_in = static_cast<uInt>(data.size());
  char room[1 << 16];
  int code = Z_OK;
  while (code == Z_OK && text.size() <= kTextBytesMax) {
    stream.next_out = reinterpret_cast<Bytef*>(room);
    stream.avail_out = sizeof room;
    code = inflate(&stream, Z_NO_FLUSH);
    text.append(room, sizeof room - stream.avail_out);
  }
  data.remove_prefix(data.size() - stream.avail_in);
  inflateEnd(&stream);
  if (text.size() > kTextBytesMax) return ResourceExhausted("the object's text is over 4 GiB");
  return code == Z_STREAM_END ? absl::OkStatus() : Broken();
}

StatusOr<std::string> Gunzip(std::string_view data) {
  std::string text;
  while (!data.empty()) RETURN_IF_ERROR(InflateOne(kGzipOnly, data, text));
  return text;
}

size_t LittleEndian16(std::string_view data, size_t at) {
  return static_cast<unsigned char>(data[at]) | static_cast<unsigned char>(data[at + 1]) << 8;
}

// The only file in it.
StatusOr<std::string> Unzip(std::string_view data) {
  if (data.size() < kZipHeader) return Broken();
  const size_t names = LittleEndian16(data, 26) + LittleEndian16(data, 28);
  if (data.size() < kZipHeader + names) return Broken();
  data.remove_prefix(kZipHeader + names);
  std::string text;
  RETURN_IF_ERROR(InflateOne(kRawDeflate, data, text));
  return text;
}

// Takes a length of 32 bits, most significant byte first.
StatusOr<size_t> TakeLength(std::string_view& data) {
  if (data.size() < 4) return Broken();
  size_t length = 0;
  for (int i = 0; i < 4; ++i) length = length << 8 | static_cast<unsigned char>(data[i]);
  data.remove_prefix(4);
  return length;
}

// Appends what one piece, its length in front, holds.
Status TakePiece(std::string_view& data, std::string& text) {
  ASSIGN_OR_RETURN(const size_t length, TakeLength(data));
  std::string piece;
  if (length > data.size() || !snappy::Uncompress(data.data(), length, &piece)) return Broken();
  data.remove_prefix(length);
  text += piece;
  return absl::OkStatus();
}

StatusOr<std::string> Unsnappy(std::string_view data) {
  if (data.size() < kSnappyHeader) return Broken();
  data.remove_prefix(kSnappyHeader);
  std::string text;
  while (!data.empty()) RETURN_IF_ERROR(TakePiece(data, text));
  return text;
}

StatusOr<std::string> UnsnappyHadoop(std::string_view data) {
  std::string text;
  while (!data.empty()) {
    ASSIGN_OR_RETURN(const size_t block, TakeLength(data));
    const size_t end = text.size() + block;
    while (text.size() < end) RETURN_IF_ERROR(TakePiece(data, text));
    if (text.size() != end) return Broken();
  }
  return text;
}

}  // namespace

StatusOr<std::string> Decompress(std::string_view key, std::string data) {
  if (data.starts_with(kGzipMagic)) return Gunzip(data);
  if (data.starts_with(kZipMagic)) return Unzip(data);
  if (data.starts_with(kSnappyMagic)) return Unsnappy(data);
  if (key.ends_with(".hsnappy")) return UnsnappyHadoop(data);
  return data;
}

}  // namespace hydrant::load
