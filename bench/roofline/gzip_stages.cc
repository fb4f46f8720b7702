// A chunk compressed to an object: the way that the sums count, and slower ones to compare it with.
#include "bench/roofline/hot_buffer.h"
#include "bench/roofline/isal_gzip.h"
#include "bench/roofline/stage.h"

#include <absl/cleanup/cleanup.h>
#include <zlib.h>

#include <algorithm>
#include <functional>
#include <libdeflate.h>
#include <span>

namespace hydrant::roofline {
namespace {

// The slow codecs, which no sum holds, do a part of the work.
constexpr size_t kSlowChunks = 2;

// Compresses a chunk into `out`; returns the bytes written, 0 when that failed.
using Compressor = std::function<size_t(std::string_view chunk, std::string& out)>;

Bytef* ZlibBytes(const char* bytes) { return reinterpret_cast<Bytef*>(const_cast<char*>(bytes)); }

bool Inflates(std::string_view object, std::string_view chunk) {
  std::string text(chunk.size() + 1, '\0');  // a byte more would be seen
  z_stream stream{};
  if (inflateInit2(&stream, 16 + MAX_WBITS) != Z_OK) return false;
  stream.next_in = ZlibBytes(object.data());
  stream.avail_in = static_cast<uInt>(object.size());
  stream.next_out = ZlibBytes(text.data());
  stream.avail_out = static_cast<uInt>(text.size());
  const bool ended = inflate(&stream, Z_FINISH) == Z_STREAM_END;
  const bool same = stream.total_out == chunk.size() && text.starts_with(chunk);
  inflateEnd(&stream);
  return ended && same && stream.avail_in == 0;
}

Status RunGzip(std::string_view name, std::span<const std::string_view> chunks,
               const Compressor& compress, CpuStopwatch& watch) {
  std::string out(kObjectBytesMax, '\0');  // there before the clock runs
  HotBuffer hot(kChunkBytes);
  for (const std::string_view each : chunks) {
    const std::string_view chunk = hot.Fill(each);
    watch.Start();
    const size_t size = compress(chunk, out);
    watch.Stop();
    if (!Inflates({out.data(), size}, chunk)) return WrongAnswer(name);
  }
  return absl::OkStatus();
}

size_t CompressZlib(int level, std::string_view chunk, std::string& out) {
  z_stream stream{};
  constexpr int kMemoryLevel = 8;  // zlib's own default
  if (deflateInit2(&stream, level, Z_DEFLATED, 16 + MAX_WBITS, kMemoryLevel, Z_DEFAULT_STRATEGY) !=
      Z_OK) {
    return 0;
  }
  stream.next_in = ZlibBytes(chunk.data());
  stream.avail_in = static_cast<uInt>(chunk.size());
  stream.next_out = ZlibBytes(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const bool ended = deflate(&stream, Z_FINISH) == Z_STREAM_END;
  deflateEnd(&stream);
  return ended ? stream.total_out : 0;
}

Stage IsalStage(const Work& work) {
  return {"gzip", "ISA-L level 1, chunks of 5 MiB", work.payload.size(),
          [&work](CpuStopwatch& watch) {
            IsalGzip gzip;
            const Compressor compress = [&gzip](std::string_view chunk, std::string& out) {
              return gzip.Compress(chunk, out);
            };
            return RunGzip("gzip", work.chunks, compress, watch);
          }};
}

Stage LibdeflateStage(std::span<const std::string_view> chunks, uint64_t bytes) {
  return {"gzip-libdeflate-6", "the same by libdeflate", bytes, [chunks](CpuStopwatch& watch) {
            libdeflate_compressor* const compressor = libdeflate_alloc_compressor(6);
            const absl::Cleanup free = [&] { libdeflate_free_compressor(compressor); };
            const Compressor compress = [&](std::string_view chunk, std::string& out) {
              return libdeflate_gzip_compress(compressor, chunk.data(), chunk.size(), out.data(),
                                              out.size());
            };
            return RunGzip("gzip-libdeflate-6", chunks, compress, watch);
          }};
}

Stage ZlibStage(int level, std::span<const std::string_view> chunks, uint64_t bytes) {
  const std::string name = "gzip-zlib-" + std::to_string(level);
  return {name, "the same by zlib", bytes, [name, level, chunks](CpuStopwatch& watch) {
            const Compressor compress = [level](std::string_view chunk, std::string& out) {
              return CompressZlib(level, chunk, out);
            };
            return RunGzip(name, chunks, compress, watch);
          }};
}

}  // namespace

std::vector<Stage> GzipStages(const Work& work) {
  const std::span<const std::string_view> all = work.chunks;
  const auto part = all.first(std::min(kSlowChunks, all.size()));
  uint64_t part_bytes = 0;
  for (const std::string_view chunk : part) part_bytes += chunk.size();
  return {IsalStage(work), LibdeflateStage(part, part_bytes), ZlibStage(6, part, part_bytes),
          ZlibStage(9, part, part_bytes)};
}

}  // namespace hydrant::roofline
