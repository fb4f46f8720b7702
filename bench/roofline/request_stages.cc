// What is done to a request's bytes before they go to the log, without the system's help.
#include "bench/roofline/hot_buffer.h"
#include "bench/roofline/json_walk.h"
#include "bench/roofline/stage.h"
#include "engine/codec/base64.h"

#include <isa-l/crc.h>
#include <simdjson.h>

#include <algorithm>
#include <cstring>

namespace hydrant::roofline {
namespace {

size_t LargestBody(const Work& work) {
  size_t largest = 0;
  for (const Request& request : work.requests) largest = std::max(largest, request.body.size());
  return largest;
}

// Where a text of the request lies in a copy of its body.
std::string_view In(std::string_view copy, const Request& request, std::string_view text) {
  return copy.substr(static_cast<size_t>(text.data() - request.body.data()), text.size());
}

bool SameTexts(const Request& request, std::string_view body,
               const std::vector<std::string_view>& texts) {
  if (texts.size() != request.texts.size()) return false;
  for (size_t i = 0; i < texts.size(); ++i) {
    const std::string_view expected = In(body, request, request.texts[i]);
    if (texts[i].data() != expected.data() || texts[i].size() != expected.size()) return false;
  }
  return true;
}

bool WalkWithSimdjson(simdjson::ondemand::parser& parser, std::string_view body,
                      std::vector<std::string_view>& texts) {
  simdjson::ondemand::document document;
  simdjson::ondemand::array records;
  const size_t allocated = body.size() + simdjson::SIMDJSON_PADDING;
  if (parser.iterate(body.data(), body.size(), allocated).get(document)) return false;
  if (document["Records"].get_array().get(records)) return false;
  for (auto record : records) {
    std::string_view token;
    if (record["Data"].raw_json_token().get(token) || token.size() < 2) return false;
    texts.push_back(token.substr(1, token.find_last_of('"') - 1));
  }
  return true;
}

// `walk` finds the texts of a body.
template <typename Walk>
Status RunJson(std::string_view name, const Work& work, CpuStopwatch& watch, const Walk& walk) {
  HotBuffer input(LargestBody(work));
  std::vector<std::string_view> texts;
  for (const Request& request : work.requests) {
    const std::string_view body = input.Fill(request.body);
    texts.clear();
    watch.Start();
    const bool walked = walk(body, texts);
    watch.Stop();
    if (!walked || !SameTexts(request, body, texts)) return WrongAnswer(name);
  }
  return absl::OkStatus();
}

Status RunBase64Records(const Work& work, CpuStopwatch& watch) {
  HotBuffer input(LargestBody(work));
  HotBuffer output(LargestBody(work));
  for (const Request& request : work.requests) {
    const std::string_view body = input.Fill(request.body);
    size_t size = 0;
    bool good = true;
    watch.Start();
    for (const std::string_view text : request.texts) {
      const Base64Result result = DecodeBase64(In(body, request, text), output.data() + size);
      good = good && result.ok();
      size += result.size;
    }
    watch.Stop();
    if (!good || std::string_view(output.data(), size) != request.payload) {
      return WrongAnswer("base64-records");
    }
  }
  return absl::OkStatus();
}

Status RunBase64(const Work& work, CpuStopwatch& watch) {
  HotBuffer input(LargestBody(work));
  HotBuffer output(LargestBody(work));
  for (const Request& request : work.requests) {
    const std::string_view text = input.Fill(EncodeBase64(request.payload));
    watch.Start();
    const Base64Result result = DecodeBase64(text, output.data());
    watch.Stop();
    if (std::string_view(output.data(), result.size) != request.payload) {
      return WrongAnswer("base64");
    }
  }
  return absl::OkStatus();
}

Status RunChecksum(const Work& work, CpuStopwatch& watch) {
  HotBuffer input(LargestBody(work));
  for (const Request& request : work.requests) {
    auto* bytes = reinterpret_cast<unsigned char*>(
        const_cast<char*>(input.Fill(request.payload).data()));  // ISA-L only reads it
    watch.Start();
    const uint32_t crc = ~crc32_iscsi(bytes, static_cast<int>(request.payload.size()), ~0U);
    watch.Stop();
    if (crc != request.crc32c) return WrongAnswer("checksum");
  }
  return absl::OkStatus();
}

Status RunNewlines(const Work& work, CpuStopwatch& watch) {
  HotBuffer input(LargestBody(work));
  std::vector<uint32_t> ends;
  for (const Request& request : work.requests) {
    const std::string_view text = input.Fill(request.payload);
    ends.clear();
    watch.Start();
    for (size_t at = 0; at < text.size();) {
      const void* const newline = std::memchr(text.data() + at, '\n', text.size() - at);
      if (newline == nullptr) break;
      at = static_cast<size_t>(static_cast<const char*>(newline) - text.data()) + 1;
      ends.push_back(static_cast<uint32_t>(at));
    }
    watch.Stop();
    if (ends != request.ends) return WrongAnswer("newlines");
  }
  return absl::OkStatus();
}

Status RunCopy(const Work& work, CpuStopwatch& watch) {
  HotBuffer input(LargestBody(work));
  HotBuffer output(LargestBody(work));
  for (const Request& request : work.requests) {
    const std::string_view payload = input.Fill(request.payload);
    watch.Start();
    const std::string_view copy = output.Fill(payload);
    watch.Stop();
    if (copy != request.payload) return WrongAnswer("copy");
  }
  return absl::OkStatus();
}

}  // namespace

std::vector<Stage> RequestStages(const Work& work) {
  const uint64_t bytes = work.payload.size();
  const auto json = [&work](CpuStopwatch& watch) {
    return RunJson("json", work, watch, &WalkBatch);
  };
  const auto simdjson = [&work](CpuStopwatch& watch) {
    simdjson::ondemand::parser parser;
    return RunJson("json-simdjson", work, watch,
                   [&parser](std::string_view body, std::vector<std::string_view>& texts) {
                     return WalkWithSimdjson(parser, body, texts);
                   });
  };
  return {
      {"json", "punctuation of a PutRecordBatch, memchr for the quotes", bytes, json},
      {"json-simdjson", "the same walk by simdjson on demand", bytes, simdjson},
      {"base64", "AVX2 where there is, a request's records as one text", bytes,
       [&work](CpuStopwatch& watch) { return RunBase64(work, watch); }},
      {"base64-records", "the same decoder, text by text", bytes,
       [&work](CpuStopwatch& watch) { return RunBase64Records(work, watch); }},
      {"newlines", "the end of each line", bytes,
       [&work](CpuStopwatch& watch) { return RunNewlines(work, watch); }},
      {"checksum", "CRC-32C by ISA-L of what goes to the log", bytes,
       [&work](CpuStopwatch& watch) { return RunChecksum(work, watch); }},
      {"copy", "a copy from cache to cache, which no job has to make", bytes,
       [&work](CpuStopwatch& watch) { return RunCopy(work, watch); }},
  };
}

}  // namespace hydrant::roofline
