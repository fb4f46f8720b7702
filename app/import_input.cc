#include "app/import_input.h"

#include "engine/exchange/export_names.h"
#include "engine/stream/json_text.h"

#include <absl/strings/ascii.h>
#include <absl/strings/str_format.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <iostream>

namespace hydrant {
namespace {

using Json = nlohmann::json;

constexpr size_t kBytesMax = 64 << 20;

StatusOr<std::string> ReadAll(std::istream& in, const std::string& path) {
  std::string text;
  char block[1 << 16];
  while (in.read(block, sizeof block) || in.gcount() > 0) {
    text.append(block, static_cast<size_t>(in.gcount()));
    if (text.size() > kBytesMax) return InvalidArgument(path + " is larger than 64 MiB");
  }
  if (in.bad()) return Internal(path + " could not be read");
  return text;
}

// Where the JSON value that begins at `begin` ends, as brackets and quotes have it; the parser looks closer.
size_t EndOfDocument(std::string_view text, size_t begin) {
  int depth = 0;
  bool quoted = false;
  for (size_t at = begin; at < text.size(); ++at) {
    const char c = text[at];
    if (quoted) {
      if (c == '\\') ++at;
      if (c == '"') quoted = false;
    } else if (c == '"') {
      quoted = true;
    } else if (c == '{' || c == '[') {
      ++depth;
    } else if ((c == '}' || c == ']') && --depth <= 0) {
      return at + 1;
    }
  }
  return text.size();
}

size_t SkipBlank(std::string_view text, size_t at) {
  while (at < text.size() && absl::ascii_isspace(static_cast<unsigned char>(text[at]))) ++at;
  return at;
}

Status AddStreams(const Json& document, const std::string& where,
                  std::vector<ImportedStream>& streams) {
  if (document.is_array()) {
    for (size_t i = 0; i < document.size(); ++i) {
      if (document[i].is_array()) return InvalidArgument(where + ": a list in a list");
      RETURN_IF_ERROR(AddStreams(document[i], where + "[" + std::to_string(i) + "]", streams));
    }
    return absl::OkStatus();
  }
  const auto inner = document.find("DeliveryStreamDescription");  // no map: the end
  StatusOr<ImportedStream> stream = ImportDescription(inner == document.end() ? document : *inner);
  if (!stream.ok()) {
    return WithContext(stream.status(), where + ": not what describe-delivery-stream prints");
  }
  streams.push_back(*std::move(stream));
  return absl::OkStatus();
}

}  // namespace

StatusOr<std::string> ReadImportFile(const std::string& path) {
  if (path == "-") return ReadAll(std::cin, "standard input");
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) return ErrnoStatus(errno, path);
  file.peek();  // a directory can be opened, and not read
  if (file.bad()) return ErrnoStatus(errno == 0 ? EISDIR : errno, path);
  file.clear();
  return ReadAll(file, path);
}

StatusOr<std::vector<ImportedStream>> ReadDescriptions(std::string_view text,
                                                       const std::string& source) {
  std::vector<ImportedStream> streams;
  for (size_t at = SkipBlank(text, 0); at < text.size(); at = SkipBlank(text, at)) {
    const size_t end = EndOfDocument(text, at);
    const auto line = 1 + std::count(text.begin(), text.begin() + static_cast<long>(at), '\n');
    const std::string where = absl::StrFormat("%s:%d", source, line);
    const auto document = ParseJsonText(text.substr(at, end - at));
    if (!document) return InvalidArgument(where + ": what begins here is no JSON document");
    RETURN_IF_ERROR(AddStreams(*document, where, streams));
    at = end;
  }
  if (streams.empty()) return InvalidArgument(source + ": there is no description of a stream");
  return streams;
}

}  // namespace hydrant
