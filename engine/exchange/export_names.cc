#include "engine/exchange/export_names.h"

#include "engine/base/status.h"

#include <absl/strings/ascii.h>
#include <absl/strings/str_replace.h>

namespace hydrant {
namespace {

// Runs of letters and digits.
std::vector<std::string> WordsOf(std::string_view text) {
  std::vector<std::string> words;
  bool inside = false;
  for (const char c : text) {
    const bool part = absl::ascii_isalnum(static_cast<unsigned char>(c));
    if (part && !inside) words.emplace_back();
    if (part) words.back() += c;
    inside = part;
  }
  return words;
}

}  // namespace

std::string JoinedName(std::string_view text, const std::vector<std::string>& more,
                       NameStyle style) {
  std::vector<std::string> words = WordsOf(text);
  words.insert(words.end(), more.begin(), more.end());
  std::string name;
  for (std::string word : words) {
    if (style == NameStyle::kEnvironment) {
      absl::AsciiStrToUpper(&word);
    } else {
      absl::AsciiStrToLower(&word);
    }
    if (style == NameStyle::kCamel) {
      word[0] = absl::ascii_toupper(static_cast<unsigned char>(word[0]));
    } else if (!name.empty()) {
      name += '_';
    }
    name += word;
  }
  if (!name.empty() && !absl::ascii_isdigit(static_cast<unsigned char>(name[0]))) return name;
  return (style == NameStyle::kEnvironment ? "STREAM_"
          : style == NameStyle::kCamel     ? "Stream"
                                           : "stream_") +
         name;
}

std::string UniqueNames::Take(const std::string& wanted) {
  std::string name = wanted;
  for (int number = 2; !taken_.insert(name).second; ++number) {
    name = wanted + (style_ == NameStyle::kCamel ? "" : "_") + std::to_string(number);
  }
  return name;
}

std::vector<NamedSecret> NameSecrets(const StreamRequests& requests, NameStyle style) {
  std::vector<NamedSecret> named;
  UniqueNames names(style);
  for (size_t i = 0; i < requests.size(); ++i) {
    const std::string stream = StreamName(requests[i]);
    for (SecretPlace& place : SecretPlaces(requests[i])) {
      SecretToFill secret{names.Take(JoinedName(stream, place.words, style)), stream, place.path,
                          place.optional};
      named.push_back({i, std::move(place), std::move(secret)});
    }
  }
  return named;
}

std::string StreamName(const nlohmann::ordered_json& request) {
  const auto name = request.find("DeliveryStreamName");
  return name == request.end() || !name->is_string() ? "" : name->get<std::string>();
}

void WriteTimesAsText(nlohmann::ordered_json& request) {
  static const nlohmann::ordered_json::json_pointer kFrom(
      "/MSKSourceConfiguration/ReadFromTimestamp");
  if (!request.contains(kFrom) || !request[kFrom].is_number()) return;
  const absl::Time time = absl::UnixEpoch() + absl::Seconds(request[kFrom].get<double>());
  request[kFrom] = absl::FormatTime("%Y-%m-%dT%H:%M:%E*SZ", time, absl::UTCTimeZone());
}

void ReplaceInTexts(nlohmann::ordered_json& value, std::string_view from, std::string_view to) {
  if (value.is_string()) {
    value = absl::StrReplaceAll(value.get<std::string>(), {{ToAbsl(from), ToAbsl(to)}});
  } else if (value.is_structured()) {
    for (auto& element : value) ReplaceInTexts(element, from, to);
  }
}

}  // namespace hydrant
