#include "sources/http_lines/request.h"

#include <algorithm>
#include <optional>

namespace hydrant::http_lines {
namespace {

constexpr std::string_view kPrefix = "/streams/";

// Firehose's rule for names; anything else is no stream, and is not repeated in an answer.
bool IsStreamName(std::string_view name) {
  return !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || c == '-';
  });
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

// A name needs no escapes, but clients may write them. What is no escape stays, and is no name.
std::string Unescaped(std::string_view segment) {
  std::string text;
  for (size_t i = 0; i < segment.size(); ++i) {
    const bool escape = segment[i] == '%' && i + 2 < segment.size();
    const int high = escape ? HexDigit(segment[i + 1]) : -1;
    const int low = escape ? HexDigit(segment[i + 2]) : -1;
    if (high < 0 || low < 0) {
      text += segment[i];
    } else {
      text += static_cast<char>(high * 16 + low);
      i += 2;
    }
  }
  return text;
}

// What is left when the signed chunks have been taken apart.
std::string_view WithoutSignedChunks(std::string_view codings) {
  constexpr std::string_view kSignedChunks = "aws-chunked";
  if (!codings.starts_with(kSignedChunks)) return codings;
  codings.remove_prefix(kSignedChunks.size());
  while (codings.starts_with(',') || codings.starts_with(' ')) codings.remove_prefix(1);
  return codings;
}

std::optional<ApiError> ApplyOption(std::string_view option, LinesRequest& request) {
  // A presigned URL's own parameters.
  if (option.starts_with("X-Amz-")) return std::nullopt;
  if (option.empty() || option == "newline=keep") return std::nullopt;
  if (option == "newline=strip" && !request.single_record) {
    request.newline = Newline::kStrip;
    return std::nullopt;
  }
  return ApiError::InvalidArgument(
      request.single_record
          ? "The body of /record is taken as it is: there are no options in the query."
          : "The only option in the query is newline=keep (the default) or newline=strip.");
}

}  // namespace

std::variant<LinesRequest, ApiError> ParseLinesRequest(const HttpRequestHead& head,
                                                       bool signed_chunks) {
  std::string_view rest = head.path;
  rest.remove_prefix(std::min(rest.size(), kPrefix.size()));
  const size_t slash = rest.find('/');
  constexpr size_t kSegmentMax = 3 * 64;  // a name, all of it escaped
  std::string name = Unescaped(rest.substr(0, std::min(slash, kSegmentMax + 1)));
  const std::string_view verb =
      slash == std::string_view::npos ? std::string_view() : rest.substr(slash + 1);
  if (!IsStreamName(name) || (verb != "lines" && verb != "record")) {
    return ApiError{"ResourceNotFoundException",
                    "Send lines to /streams/NAME/lines, or one record to /streams/NAME/record.",
                    404};
  }
  if (head.method != "POST") {
    return ApiError{"MethodNotAllowedException", "Records are sent with POST.", 405};
  }
  LinesRequest request;
  request.stream = std::move(name);
  request.single_record = verb == "record";
  for (std::string_view query = head.query; !query.empty();) {
    const size_t end = std::min(query.find('&'), query.size());
    if (auto error = ApplyOption(query.substr(0, end), request)) return *std::move(error);
    query.remove_prefix(std::min(end + 1, query.size()));
  }
  std::string_view codings = head.Header("Content-Encoding");
  if (signed_chunks) codings = WithoutSignedChunks(codings);
  const auto coding = ParseContentCoding(codings);
  if (!coding) {
    return ApiError{"UnsupportedMediaTypeException",
                    "Content-Encoding is gzip, zstd, identity or absent.", 415};
  }
  request.coding = *coding;
  return request;
}

}  // namespace hydrant::http_lines
