// Reading signatures out of requests, and bodies of signed chunks: no input may crash them, what is
// accepted must be in bounds, and chunks decode the same whole and in pieces. The first line of an input is
// the query, the next ones are headers, and what follows an empty line is the body.
#include "engine/io/aws/signed_chunks.h"
#include "engine/io/aws/signed_request.h"

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace hydrant::aws {
namespace {

constexpr size_t kChunkBytesMax = 4096;

std::string_view TakeLine(std::string_view& text) {
  const size_t end = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

void CheckRequest(const HttpRequestHead& head) {
  const auto read = ReadSignedRequest(head);
  const auto* request = std::get_if<SignedRequest>(&read);
  if (request == nullptr) {
    if (std::get<ApiError>(read).message.empty()) std::abort();
    return;
  }
  if (request->amz_date.size() != 16 || request->signed_headers.size() > 64) std::abort();
  if (request->lifetime && *request->lifetime > absl::Hours(24 * 7)) std::abort();
  const auto input = SignedInput(head, *request);
  if (const auto* found = std::get_if<SigV4Input>(&input)) CanonicalRequest(*found);
}

// The data up to the first error, and whether the body ended well.
std::string Decode(std::string_view body, bool trailer, size_t piece) {
  SignedChunks chunks({.signing_key = std::string(32, 'k'), .trailer = trailer}, kChunkBytesMax);
  std::string data;
  for (size_t begin = 0, shown = 0; shown < body.size();) {
    shown = std::min(body.size(), shown + piece);
    for (;;) {
      const auto step = chunks.Next(body.substr(begin, shown - begin));
      if (!step.ok()) return data + "!";
      if (step->consumed > shown - begin) std::abort();
      if (step->consumed == 0) break;
      begin += step->consumed;
      data.append(step->data);
    }
  }
  return data + (chunks.done() ? "." : "…");
}

}  // namespace
}  // namespace hydrant::aws

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace hydrant;
  const std::string all(reinterpret_cast<const char*>(data), size);
  std::string_view text = all;
  HttpRequestHead head{.method = "POST", .path = "/"};
  head.query = aws::TakeLine(text);
  while (!text.empty()) {
    const std::string_view line = aws::TakeLine(text);
    if (line.empty()) break;
    const size_t colon = std::min(line.find(':'), line.size());
    head.headers.emplace_back(line.substr(0, colon), line.substr(std::min(colon + 1, line.size())));
  }
  aws::CheckRequest(head);
  for (const bool trailer : {false, true}) {
    if (aws::Decode(text, trailer, text.size()) != aws::Decode(text, trailer, 1)) std::abort();
  }
  return 0;
}
