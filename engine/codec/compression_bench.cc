// Bytes of input a second for each codec, and ISA-L alone as the limit for GZIP: one call, one
// piece, output memory that is there already.
#include "engine/codec/compression.h"
#include "engine/testing/access_log.h"

#include <benchmark/benchmark.h>
#include <isa-l/igzip_lib.h>
#include <zlib.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

namespace hydrant {
namespace {

constexpr size_t kInputBytes = 5 << 20;  // Firehose's default object size
constexpr size_t kSliceBytes = 256 << 10;

const std::string& Input() {
  static const std::string text = testing::AccessLog(1, kInputBytes);
  return text;
}

std::vector<std::string_view> Slices() {
  std::vector<std::string_view> slices;
  const std::string_view text = Input();
  for (size_t at = 0; at < text.size(); at += kSliceBytes)
    slices.push_back(text.substr(at, kSliceBytes));
  return slices;
}

// The gzip output is inflated by zlib; the other codecs' decoders are in compression_test.
void CheckGzip(const std::string& bytes) {
  std::string text(Input().size(), '\0');
  z_stream stream{};
  inflateInit2(&stream, 16 + MAX_WBITS);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(text.data());
  stream.avail_out = static_cast<uInt>(text.size());
  const bool good = inflate(&stream, Z_FINISH) == Z_STREAM_END && text == Input();
  inflateEnd(&stream);
  if (!good) std::abort();
}

void Report(benchmark::State& state, uint64_t output_bytes) {
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * Input().size()));
  state.counters["ratio"] = static_cast<double>(Input().size()) / static_cast<double>(output_bytes);
}

void BM_Compress(benchmark::State& state) {
  const auto format = static_cast<CompressionFormat>(state.range(0));
  state.SetLabel(std::string(CompressionFormatName(format)));
  const std::vector<std::string_view> slices = Slices();
  const auto once = Compress(format, slices, "entry");
  if (!once.ok()) std::abort();
  if (format == CompressionFormat::kGzip) {
    std::string joined;
    for (const std::string_view piece : once->Pieces()) joined.append(piece);
    CheckGzip(joined);
  }
  for (auto _ : state) benchmark::DoNotOptimize(Compress(format, slices, "entry"));
  Report(state, once->size());
}
BENCHMARK(BM_Compress)->DenseRange(1, 4);

uint64_t IsalAlone(std::string& out, uint8_t* level_buffer) {
  isal_zstream stream;
  isal_deflate_init(&stream);
  stream.level = 1;
  stream.level_buf = level_buffer;
  stream.level_buf_size = ISAL_DEF_LVL1_DEFAULT;
  stream.gzip_flag = IGZIP_GZIP;
  stream.end_of_stream = 1;
  stream.next_in = reinterpret_cast<uint8_t*>(const_cast<char*>(Input().data()));
  stream.avail_in = static_cast<uint32_t>(Input().size());
  stream.next_out = reinterpret_cast<uint8_t*>(out.data());
  stream.avail_out = static_cast<uint32_t>(out.size());
  if (isal_deflate(&stream) != COMP_OK || stream.avail_in != 0) std::abort();
  return stream.total_out;
}

void BM_IsalAlone(benchmark::State& state) {
  const auto level_buffer = std::make_unique<uint8_t[]>(ISAL_DEF_LVL1_DEFAULT);
  std::string out(Input().size(), '\0');
  const uint64_t output_bytes = IsalAlone(out, level_buffer.get());
  CheckGzip(out.substr(0, output_bytes));
  for (auto _ : state) benchmark::DoNotOptimize(IsalAlone(out, level_buffer.get()));
  Report(state, output_bytes);
}
BENCHMARK(BM_IsalAlone);

}  // namespace
}  // namespace hydrant
