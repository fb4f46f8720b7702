// A PutRecordBatch of 500 records of 500 bytes: bytes of body a second and time a record.
// BM_SimdjsonWalk is a yardstick: the same walk over the same body with simdjson on-demand, without
// decoding anything.
#include "engine/codec/base64.h"
#include "engine/testing/bench_report.h"
#include "sources/firehose_api/put_answer.h"
#include "sources/firehose_api/put_request.h"

#include <benchmark/benchmark.h>
#include <simdjson.h>

#include <random>
#include <string>

namespace hydrant::firehose_api {
namespace {

constexpr size_t kRecords = 500;

std::string MakeBody(size_t record_size, bool escaped) {
  std::mt19937_64 random(7);
  std::string body = R"({"DeliveryStreamName": "web", "Records": [)";
  for (size_t i = 0; i < kRecords; ++i) {
    std::string data(record_size, '\0');
    for (char& c : data) c = static_cast<char>(random());
    std::string text = EncodeBase64(data);
    if (escaped) text.replace(0, 1, "\\u0041");
    body.append(i == 0 ? "" : ", ").append(R"({"Data": ")").append(text).append("\"}");
  }
  return body + "]}";
}

void Parse(benchmark::State& state, bool escaped) {
  const auto record_size = static_cast<size_t>(state.range(0));
  const std::string body = MakeBody(record_size, escaped);
  ArenaPool pool(64 << 20);
  const auto parse = [&] {
    return ParsePutRequest(PutOperation::kPutRecordBatch, body, pool, absl::UnixEpoch());
  };
  const auto checked = parse();
  const auto* request = std::get_if<PutRequest>(&checked);
  if (request == nullptr || request->batch->payload_bytes() != kRecords * record_size) {
    state.SkipWithError("parsed wrongly");
    return;
  }
  for (auto _ : state) benchmark::DoNotOptimize(parse());
  testing::ReportWork(state, body.size(), kRecords);
}
void BM_Parse(benchmark::State& state) { Parse(state, false); }
BENCHMARK(BM_Parse)->Arg(10)->Arg(100)->Arg(500)->Arg(5000);
void BM_ParseEscaped(benchmark::State& state) { Parse(state, true); }
BENCHMARK(BM_ParseEscaped)->Arg(500);

void BM_SimdjsonWalk(benchmark::State& state) {
  const simdjson::padded_string body(MakeBody(static_cast<size_t>(state.range(0)), false));
  simdjson::ondemand::parser parser;
  const auto walk = [&] {
    simdjson::ondemand::document document = parser.iterate(body);
    size_t characters = 0;
    for (auto record : document["Records"].get_array()) {
      characters += record["Data"].raw_json_token().value().size();
    }
    return characters;
  };
  const size_t quoted = Base64EncodedBytes(static_cast<size_t>(state.range(0))) + 2;
  if (walk() != kRecords * quoted) return state.SkipWithError("walked wrongly");
  for (auto _ : state) benchmark::DoNotOptimize(walk());
  testing::ReportWork(state, body.size(), kRecords);
}
BENCHMARK(BM_SimdjsonWalk)->Arg(500);

void BM_RenderBatchAnswer(benchmark::State& state) {
  const auto render = [] {
    return RenderPutRecordBatchAnswer("0123456789abcdef0123456789abcdef", Position{123'456'789},
                                      kRecords, false);
  };
  const std::string answer = render();
  if (answer.find("00000000000123457288\"}]}") == answer.npos) {
    return state.SkipWithError("the last record id is wrong");
  }
  for (auto _ : state) benchmark::DoNotOptimize(render());
  testing::ReportWork(state, answer.size(), kRecords);
}
BENCHMARK(BM_RenderBatchAnswer);

}  // namespace
}  // namespace hydrant::firehose_api
