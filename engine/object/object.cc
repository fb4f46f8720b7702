#include "engine/object/object.h"

#include "engine/base/clock.h"
#include "engine/stream/prefix.h"

#include <algorithm>
#include <memory>
#include <utility>

namespace hydrant {
namespace {

constexpr size_t kKeyBytesMax = 1024;
constexpr size_t kUuidCharacters = 36;
constexpr size_t kDefaultTimeCharacters = std::string_view("yyyy/MM/dd/HH/").size();
constexpr std::string_view kFallbackPrefix = "prefix-evaluation-failed/!{timestamp:yyyy/MM/dd/HH}/";

StatusOr<std::string> EvaluatedPrefix(StatusOr<PrefixExpression> expression,
                                      const PrefixContext& context) {
  RETURN_IF_ERROR(expression.status());
  return expression->Evaluate(context);
}

std::string_view Extension(const ObjectOptions& options) {
  return options.file_extension.empty() ? DefaultExtension(options.compression)
                                        : std::string_view(options.file_extension);
}

// "a/b/c.zip" to "c".
std::string_view ZipEntryName(std::string_view key) {
  constexpr std::string_view kSuffix = ".zip";
  key.remove_prefix(key.rfind('/') + 1);  // npos + 1 is 0
  if (key.size() > kSuffix.size() && key.ends_with(kSuffix)) key.remove_suffix(kSuffix.size());
  return key;
}

// Random strings of a chunk's key are made of its id, which is random itself: named again, the chunk has the same key.
class IdEntropy final : public Entropy {
 public:
  // FNV-1a, then SplitMix64.
  explicit IdEntropy(std::string_view id) {
    for (const unsigned char c : id) state_ = (state_ ^ c) * 0x100000001B3;
  }
  uint64_t Next64() override {
    uint64_t z = state_ += 0x9E3779B97F4A7C15;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
    return z ^ (z >> 31);
  }

 private:
  uint64_t state_ = 0xCBF29CE484222325;
};

size_t ControlCharacterAt(std::string_view text) {
  return std::find_if(text.begin(), text.end(),
                      [](unsigned char c) { return c < 0x20 || c == 0x7F; }) -
         text.begin();
}

void CheckPrefix(const std::string& member, const std::string& prefix, const ObjectOptions& options,
                 std::string_view stream_name, std::vector<DefinitionProblem>& problems) {
  const StatusOr<PrefixExpression> program = PrefixExpression::Parse(prefix);
  if (!program.ok()) return;
  if (const size_t at = ControlCharacterAt(prefix); at < prefix.size()) {
    problems.push_back({member, member + " holds a control character at position " +
                                    std::to_string(at + 1) + "; object keys must not: remove it"});
  }
  const bool dated = program->has_timestamp() || program->has_error_output_type();
  const size_t date = dated ? 0 : kDefaultTimeCharacters;
  const size_t characters = program->ConstantSize().characters + date;
  if (characters > kPrefixCharactersMax) {
    problems.push_back(
        {member, member + " has at least " + std::to_string(characters) +
                     " characters once evaluated (a default date included); at most " +
                     std::to_string(kPrefixCharactersMax) + " are allowed: shorten it"});
    return;
  }
  const std::string name =
      ObjectName({std::string(stream_name)}, absl::UnixEpoch(), options.time_zone,
                 std::string(kUuidCharacters, 'x'), Extension(options));
  const size_t bytes = program->ConstantSize().bytes + date + name.size();
  if (bytes > kKeyBytesMax) {
    problems.push_back({member, member + " and the object's name make keys of at least " +
                                    std::to_string(bytes) + " bytes; at most " +
                                    std::to_string(kKeyBytesMax) + " are allowed: shorten it"});
  }
}

// The slices as they lie in their arenas, and the batches that hold those.
Payload PlainPayload(const Chunk& chunk) {
  Payload payload;
  payload.pieces.reserve(chunk.slices.size());
  for (const Slice& slice : chunk.slices) {
    const std::string_view bytes = slice.bytes();
    if (bytes.empty()) continue;
    payload.pieces.push_back(bytes);
    payload.size += bytes.size();
    if (payload.owners.empty() || payload.owners.back() != slice.batch) {
      payload.owners.push_back(slice.batch);
    }
  }
  return payload;
}

}  // namespace

std::string ObjectKey(const ObjectOptions& options, const ObjectOrigin& origin,
                      const ChunkSeal& seal) {
  const std::string name =
      ObjectName(origin, seal.oldest_arrival, options.time_zone, seal.id, Extension(options));
  PrefixContext context{.time = seal.oldest_arrival, .time_zone = options.time_zone};
  IdEntropy entropy(seal.id);
  context.entropy = &entropy;
  const bool holds_errors = !seal.failures.empty();
  if (holds_errors) context.error_output_type = seal.failures.front().type;
  StatusOr<std::string> prefix = EvaluatedPrefix(
      holds_errors ? PrefixExpression::ForErrors(options.prefix, options.error_output_prefix)
                   : PrefixExpression::ForData(options.prefix),
      context);
  if (!prefix.ok() || prefix->size() + name.size() > kKeyBytesMax) {
    context.time_zone = absl::UTCTimeZone();
    prefix = EvaluatedPrefix(PrefixExpression::Parse(kFallbackPrefix), context);
  }
  return prefix.value() + name;
}

std::vector<DefinitionProblem> CheckObjectKeys(const ObjectOptions& options,
                                               std::string_view stream_name) {
  std::vector<DefinitionProblem> problems;
  CheckPrefix("Prefix", options.prefix, options, stream_name, problems);
  CheckPrefix("ErrorOutputPrefix", options.error_output_prefix, options, stream_name, problems);
  return problems;
}

StatusOr<Payload> EncodeObject(const ObjectOptions& options, const Chunk& chunk) {
  Payload plain = PlainPayload(chunk);
  if (options.compression == CompressionFormat::kUncompressed) return plain;
  ASSIGN_OR_RETURN(BlockBuffer made, Compress(options.compression, options.effort, plain.pieces,
                                              ZipEntryName(chunk.seal.name)));
  auto encoded = std::make_shared<const BlockBuffer>(std::move(made));
  Payload payload;
  payload.pieces = encoded->Pieces();
  payload.size = encoded->size();
  payload.encoded_memory_bytes = encoded->memory_bytes();
  payload.owners.push_back(std::move(encoded));
  return payload;
}

}  // namespace hydrant
