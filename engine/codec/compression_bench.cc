// Bytes of input a second and the output's share of the input, for each codec and effort; ISA-L alone as the limit for
// GZIP: one call, one piece, output memory that is there already; and zlib, whose levels 6 and 9 people know from gzip.
// HYDRANT_BENCH_FILE: a file whose first 5 MiB take the place of the access log.
#include "engine/codec/compression.h"
#include "engine/testing/access_log.h"
#include "engine/testing/bench_report.h"

#include <benchmark/benchmark.h>
#include <isa-l/igzip_lib.h>
#include <snappy.h>
#include <zlib.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

namespace hydrant {
namespace {

constexpr size_t kInputBytes = 5 << 20;                      // Firehose's default object size
constexpr size_t kInputBytesMax = kInputBytes + (64 << 10);  // whole lines, whole events
constexpr size_t kSliceBytes = 256 << 10;
constexpr std::string_view kEntryName = "entry";

std::string LogOrFile() {
  const char* const path = std::getenv("HYDRANT_BENCH_FILE");
  if (path == nullptr) return testing::AccessLog(1, kInputBytes);
  std::string text(kInputBytes, '\0');
  if (!std::ifstream(path, std::ios::binary).read(text.data(), kInputBytes)) std::abort();
  return text;
}

enum Data { kLog, kEvents };

const std::string& Input(int64_t data) {
  static const std::string log = LogOrFile();
  static const std::string events = testing::LargeEvents(1, kInputBytes);
  return data == kLog ? log : events;
}

std::vector<std::string_view> Slices(const std::string& input) {
  std::vector<std::string_view> slices;
  const std::string_view text = input;
  for (size_t at = 0; at < text.size(); at += kSliceBytes)
    slices.push_back(text.substr(at, kSliceBytes));
  return slices;
}

std::string Inflated(std::string_view bytes, int window_bits) {
  std::string text(kInputBytesMax, '\0');
  z_stream stream{};
  inflateInit2(&stream, window_bits);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(text.data());
  stream.avail_out = static_cast<uInt>(text.size());
  const bool good = inflate(&stream, Z_FINISH) == Z_STREAM_END;
  text.resize(stream.total_out);
  inflateEnd(&stream);
  return good ? text : "";
}

// Blocks behind `header_bytes`, each behind `lengths` numbers, of which the last is its size.
std::string Unsnapped(std::string_view bytes, size_t header_bytes, size_t lengths) {
  std::string text;
  std::string block;
  bytes.remove_prefix(header_bytes);
  while (bytes.size() > lengths * 4) {
    const auto* number = reinterpret_cast<const unsigned char*>(bytes.data()) + lengths * 4 - 4;
    const size_t size = size_t{number[0]} << 24 | number[1] << 16 | number[2] << 8 | number[3];
    if (!snappy::Uncompress(bytes.data() + lengths * 4, size, &block)) return "";
    text += block;
    bytes.remove_prefix(std::min(bytes.size(), lengths * 4 + size));
  }
  return text;
}

// As far as it takes to know that the input is in there; compression_test looks at the formats.
std::string Decoded(CompressionFormat format, std::string_view bytes) {
  switch (format) {
    case CompressionFormat::kGzip:
      return Inflated(bytes, 16 + MAX_WBITS);
    case CompressionFormat::kZip:
      return Inflated(bytes.substr(30 + kEntryName.size()), -MAX_WBITS);
    case CompressionFormat::kSnappy:
      return Unsnapped(bytes, 16, 1);
    case CompressionFormat::kHadoopSnappy:
      return Unsnapped(bytes, 0, 2);
    case CompressionFormat::kUncompressed:
      break;
  }
  return std::string(bytes);
}

void Report(benchmark::State& state, const std::string& input, uint64_t output_bytes) {
  testing::ReportWork(state, input.size());
  state.counters["output_share"] =
      static_cast<double>(output_bytes) / static_cast<double>(input.size());
}

void BM_Compress(benchmark::State& state) {
  const auto format = static_cast<CompressionFormat>(state.range(0));
  const auto effort = static_cast<CompressionEffort>(state.range(1));
  const std::string& input = Input(state.range(2));
  state.SetLabel(std::string(CompressionFormatName(format)));
  const std::vector<std::string_view> slices = Slices(input);
  const auto once = Compress(format, effort, slices, kEntryName);
  std::string joined;
  if (once.ok()) {
    for (const std::string_view piece : once->Pieces()) joined.append(piece);
  }
  if (Decoded(format, joined) != input) return state.SkipWithError("compressed wrongly");
  for (auto _ : state) benchmark::DoNotOptimize(Compress(format, effort, slices, kEntryName));
  Report(state, input, once->size());
}

void FormatsAndEfforts(benchmark::internal::Benchmark* bench) {
  bench->ArgNames({"format", "effort", "events"});
  for (const int data : {kLog, kEvents}) {
    for (int format = 1; format <= 4; ++format) {
      const bool several = HasEfforts(static_cast<CompressionFormat>(format));
      for (int effort = 0; effort < (several ? 3 : 1); ++effort) {
        bench->Args({format, effort, data});
      }
    }
  }
}
BENCHMARK(BM_Compress)->Apply(FormatsAndEfforts);

uint64_t IsalAlone(std::string& out, uint8_t* level_buffer) {
  isal_zstream stream;
  isal_deflate_init(&stream);
  stream.level = 1;
  stream.level_buf = level_buffer;
  stream.level_buf_size = ISAL_DEF_LVL1_DEFAULT;
  stream.gzip_flag = IGZIP_GZIP;
  stream.end_of_stream = 1;
  stream.next_in = reinterpret_cast<uint8_t*>(const_cast<char*>(Input(kLog).data()));
  stream.avail_in = static_cast<uint32_t>(Input(kLog).size());
  stream.next_out = reinterpret_cast<uint8_t*>(out.data());
  stream.avail_out = static_cast<uint32_t>(out.size());
  if (isal_deflate(&stream) != COMP_OK || stream.avail_in != 0) std::abort();
  return stream.total_out;
}

void BM_IsalAlone(benchmark::State& state) {
  const auto level_buffer = std::make_unique<uint8_t[]>(ISAL_DEF_LVL1_DEFAULT);
  std::string out(Input(kLog).size(), '\0');
  const uint64_t output_bytes = IsalAlone(out, level_buffer.get());
  if (Decoded(CompressionFormat::kGzip, {out.data(), output_bytes}) != Input(kLog)) {
    return state.SkipWithError("compressed wrongly");
  }
  for (auto _ : state) benchmark::DoNotOptimize(IsalAlone(out, level_buffer.get()));
  Report(state, Input(kLog), output_bytes);
}
BENCHMARK(BM_IsalAlone);

uint64_t ZlibAlone(const std::string& input, int level, std::string& out) {
  z_stream stream{};
  constexpr int kMemoryLevel = 8;
  deflateInit2(&stream, level, Z_DEFLATED, 16 + MAX_WBITS, kMemoryLevel, Z_DEFAULT_STRATEGY);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(input.data()));
  stream.avail_in = static_cast<uInt>(input.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  if (deflate(&stream, Z_FINISH) != Z_STREAM_END) std::abort();
  deflateEnd(&stream);
  return stream.total_out;
}

void BM_ZlibAlone(benchmark::State& state) {
  const int level = static_cast<int>(state.range(0));
  const std::string& input = Input(state.range(1));
  std::string out(input.size(), '\0');
  const uint64_t output_bytes = ZlibAlone(input, level, out);
  if (Decoded(CompressionFormat::kGzip, {out.data(), output_bytes}) != input) {
    return state.SkipWithError("compressed wrongly");
  }
  for (auto _ : state) benchmark::DoNotOptimize(ZlibAlone(input, level, out));
  Report(state, input, output_bytes);
}
BENCHMARK(BM_ZlibAlone)->ArgNames({"level", "events"})->ArgsProduct({{6, 9}, {kLog, kEvents}});

}  // namespace
}  // namespace hydrant
