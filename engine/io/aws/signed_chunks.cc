#include "engine/io/aws/signed_chunks.h"

#include <absl/strings/ascii.h>

#include <algorithm>
#include <charconv>
#include <utility>
#include <vector>

namespace hydrant::aws {
namespace {

constexpr std::string_view kChunkKind = "AWS4-HMAC-SHA256-PAYLOAD";
constexpr std::string_view kTrailerKind = "AWS4-HMAC-SHA256-TRAILER";
constexpr std::string_view kSignatureMark = ";chunk-signature=";
constexpr std::string_view kTrailerSignature = "x-amz-trailer-signature";
constexpr std::string_view kLineEnd = "\r\n";
constexpr std::string_view kEmptyHash =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
constexpr size_t kSignatureSize = 64;

Status NoChunk(std::string_view what) {
  return InvalidArgument("The body is not made of signed chunks: " + std::string(what) + ".");
}

struct ChunkHead {
  size_t size = 0;  // of the line, with its end
  uint64_t data_bytes = 0;
  std::string_view signature;
};

// Nothing: the line is not whole yet.
StatusOr<std::optional<ChunkHead>> ReadChunkHead(std::string_view in) {
  const size_t end = in.substr(0, SignedChunks::kFramingBytesMax).find(kLineEnd);
  if (end == in.npos) {
    if (in.size() >= SignedChunks::kFramingBytesMax)
      return NoChunk("a chunk's first line is too long");
    return std::optional<ChunkHead>();
  }
  const std::string_view line = in.substr(0, end);
  ChunkHead head;
  head.size = end + kLineEnd.size();
  const auto [digits_end, error] =
      std::from_chars(line.data(), line.data() + line.size(), head.data_bytes, 16);
  const std::string_view rest = line.substr(static_cast<size_t>(digits_end - line.data()));
  if (error != std::errc() || !rest.starts_with(kSignatureMark) ||
      rest.size() != kSignatureMark.size() + kSignatureSize) {
    return NoChunk("a chunk does not begin with its size and signature");
  }
  head.signature = rest.substr(kSignatureMark.size());
  return std::optional<ChunkHead>(head);
}

std::string_view TrimSpaces(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

struct Trailer {
  std::vector<std::pair<std::string, std::string_view>> headers;
  std::string_view signature;
};

// The lines up to the signature's. Nothing: that has not come yet.
StatusOr<std::optional<size_t>> ReadTrailer(std::string_view in, Trailer& trailer) {
  for (size_t begin = 0; begin < in.size();) {
    const size_t end = in.find('\n', begin);
    if (end == in.npos) break;
    std::string_view line = in.substr(begin, end - begin);
    if (line.ends_with('\r')) line.remove_suffix(1);
    const bool leading = line.empty() && begin < kLineEnd.size();
    begin = end + 1;
    if (leading) continue;  // some clients end the last chunk's (empty) data like any other's
    const size_t colon = line.find(':');
    if (colon == line.npos || colon == 0) return NoChunk("a trailing header is no header");
    std::string name = absl::AsciiStrToLower(ToAbsl(TrimSpaces(line.substr(0, colon))));
    const std::string_view value = TrimSpaces(line.substr(colon + 1));
    if (name == kTrailerSignature) {
      trailer.signature = value;
      return std::optional<size_t>(begin);
    }
    trailer.headers.emplace_back(std::move(name), value);
  }
  return std::optional<size_t>();
}

}  // namespace

SignedChunks::SignedChunks(ChunkSigning signing, size_t chunk_bytes_max)
    : signing_(std::move(signing)),
      chunk_bytes_max_(chunk_bytes_max),
      previous_signature_(signing_.seed_signature) {}

StatusOr<SignedChunks::Step> SignedChunks::Next(std::string_view in) {
  switch (state_) {
    case State::kChunks:
      return NextChunk(in);
    case State::kTrailer:
      return NextTrailer(in);
    case State::kDone:
      break;
  }
  // The empty line behind trailing headers.
  if (in.empty() || (signing_.trailer && in == "\r")) return Step{};
  if (signing_.trailer && in == kLineEnd) return Step{kLineEnd.size(), {}};
  return NoChunk("there is something behind the last chunk");
}

StatusOr<SignedChunks::Step> SignedChunks::NextChunk(std::string_view in) {
  ASSIGN_OR_RETURN(const std::optional<ChunkHead> head, ReadChunkHead(in));
  if (!head) return Step{};
  if (head->data_bytes > chunk_bytes_max_) {
    return NoChunk("a chunk is larger than " + std::to_string(chunk_bytes_max_) + " bytes");
  }
  const auto data_bytes = static_cast<size_t>(head->data_bytes);
  const bool last = data_bytes == 0;
  // Trailing headers follow the last chunk's first line at once.
  const size_t tail = last && signing_.trailer ? 0 : kLineEnd.size();
  if (in.size() - head->size < data_bytes + tail) return Step{};
  const std::string_view data = in.substr(head->size, data_bytes);
  if (in.substr(head->size + data_bytes, tail) != kLineEnd.substr(0, tail)) {
    return NoChunk("no line end follows a chunk's data");
  }
  std::string hashes(kEmptyHash);
  hashes.append("\n").append(last ? kEmptyHash : Sha256Hex(data));
  RETURN_IF_ERROR(Verify(kChunkKind, hashes, head->signature));
  data_bytes_ += data_bytes;
  if (last) RETURN_IF_ERROR(Finish());
  return Step{head->size + data_bytes + tail, data};
}

StatusOr<SignedChunks::Step> SignedChunks::NextTrailer(std::string_view in) {
  Trailer trailer;
  ASSIGN_OR_RETURN(const std::optional<size_t> size,
                   ReadTrailer(in.substr(0, kTrailerBytesMax), trailer));
  if (!size) {
    if (in.size() >= kTrailerBytesMax) return NoChunk("the trailing headers are too long");
    return Step{};
  }
  std::sort(trailer.headers.begin(), trailer.headers.end());
  std::string canonical;
  for (const auto& [name, value] : trailer.headers) {
    canonical.append(name).append(":").append(value).append("\n");
  }
  RETURN_IF_ERROR(Verify(kTrailerKind, Sha256Hex(canonical), trailer.signature));
  state_ = State::kDone;
  return Step{*size, {}};
}

Status SignedChunks::Verify(std::string_view kind, std::string_view hashes,
                            std::string_view signature) {
  std::string to_sign(kind);
  to_sign.append("\n").append(signing_.amz_date).append("\n").append(signing_.scope.Text());
  to_sign.append("\n").append(previous_signature_).append("\n").append(hashes);
  std::string expected = HexLower(HmacSha256(signing_.signing_key, to_sign));
  if (!ConstantTimeEquals(expected, signature)) {
    return MakeStatus(absl::StatusCode::kUnauthenticated,
                      "The signature of a chunk of the body does not match.");
  }
  previous_signature_ = std::move(expected);
  return absl::OkStatus();
}

Status SignedChunks::Finish() {
  if (signing_.decoded_bytes && *signing_.decoded_bytes != data_bytes_) {
    return NoChunk("x-amz-decoded-content-length is not the size of their data");
  }
  state_ = signing_.trailer ? State::kTrailer : State::kDone;
  return absl::OkStatus();
}

}  // namespace hydrant::aws
