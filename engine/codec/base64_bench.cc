// Bytes of base64 text a second: records of 500 bytes, and one of 1,000,000.
#include "engine/codec/base64.h"
#include "engine/testing/bench_report.h"

#include <benchmark/benchmark.h>

#include <random>
#include <string>

namespace hydrant {
namespace {

template <Base64Result (*kDecode)(std::string_view, char*)>
void BM_Decode(benchmark::State& state) {
  std::mt19937_64 random(7);
  std::string data(static_cast<size_t>(state.range(0)), '\0');
  for (char& c : data) c = static_cast<char>(random());
  const std::string text = EncodeBase64(data);
  std::string out(data.size(), '\0');
  if (!kDecode(text, out.data()).ok() || out != data) {
    state.SkipWithError("decoded wrongly");
    return;
  }
  for (auto _ : state) {
    benchmark::DoNotOptimize(kDecode(text, out.data()));
    benchmark::ClobberMemory();
  }
  testing::ReportWork(state, text.size(), 1);
}
BENCHMARK_TEMPLATE(BM_Decode, DecodeBase64)->Arg(500)->Arg(1'000'000);
BENCHMARK_TEMPLATE(BM_Decode, DecodeBase64Portable)->Arg(500)->Arg(1'000'000);

void BM_Encode(benchmark::State& state) {
  const std::string data(static_cast<size_t>(state.range(0)), 'x');
  std::string out(Base64EncodedBytes(data.size()), '\0');
  EncodeBase64(data, out.data());
  std::string decoded(data.size(), '\0');
  if (!DecodeBase64Portable(out, decoded.data()).ok() || decoded != data) {
    return state.SkipWithError("encoded wrongly");
  }
  for (auto _ : state) {
    EncodeBase64(data, out.data());
    benchmark::ClobberMemory();
  }
  testing::ReportWork(state, data.size(), 1);
}
BENCHMARK(BM_Encode)->Arg(500)->Arg(1'000'000);

}  // namespace
}  // namespace hydrant
