#include "transforms/delimiter/delimiter_transform.h"

#include <cstring>
#include <utility>
#include <vector>

namespace hydrant::delimiter {
namespace {

constexpr std::string_view kParameter = "Delimiter";
constexpr std::string_view kDefaultDelimiter = "\n";
// Firehose's own bound on a processor parameter's value.
constexpr size_t kParameterCharactersMax = 5120;

// Which log record each record of the slice came from, counted from the slice's first; empty when
// they are simply the next ones.
std::vector<uint32_t> SourceOffsets(const Slice& slice) {
  const PositionRange source = slice.positions();
  bool identity = source.size() == slice.record_count();
  for (uint32_t i = slice.begin; identity && i < slice.end; ++i) {
    identity = slice.batch->PositionOf(i) == source.begin + (i - slice.begin);
  }
  std::vector<uint32_t> offsets;
  if (identity) return offsets;
  offsets.reserve(slice.record_count());
  for (uint32_t i = slice.begin; i < slice.end; ++i) {
    offsets.push_back(static_cast<uint32_t>(slice.batch->PositionOf(i) - source.begin));
  }
  return offsets;
}

}  // namespace

std::string UnescapeDelimiter(std::string_view text) {
  constexpr std::string_view kLetters = "nrt0\\";
  constexpr std::string_view kMeanings("\n\r\t\0\\", 5);
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const size_t escape = text[i] == '\\' && i + 1 < text.size() ? kLetters.find(text[i + 1])
                                                                 : std::string_view::npos;
    if (escape == std::string_view::npos) {
      out.push_back(text[i]);
    } else {
      out.push_back(kMeanings[escape]);
      ++i;
    }
  }
  return out;
}

StatusOr<std::unique_ptr<Transform>> DelimiterTransform::Create(const ProcessorSettings& settings,
                                                                const TransformContext&) {
  const std::string text = settings.Parameter(kParameter).value_or(std::string(kDefaultDelimiter));
  if (text.empty() || text.size() > kParameterCharactersMax) {
    return InvalidArgument("AppendDelimiterToRecord: Delimiter has " + std::to_string(text.size()) +
                           " bytes; it must have 1 to 5120");
  }
  return std::make_unique<DelimiterTransform>(UnescapeDelimiter(text));
}

void DelimiterTransform::Apply(TransformInput input, std::function<void(TransformOutput)> done) {
  const Slice& slice = input.slice;
  const RecordBatch& batch = *slice.batch;
  RecordBatchBuilder builder(*input.pool,
                             slice.bytes().size() + slice.record_count() * delimiter_.size(),
                             slice.record_count());
  for (uint32_t i = slice.begin; i < slice.end; ++i) {
    const std::string_view record = batch.Record(i);
    char* const at = builder.Reserve(record.size() + delimiter_.size());
    std::memcpy(at, record.data(), record.size());
    std::memcpy(at + record.size(), delimiter_.data(), delimiter_.size());
    builder.CommitRecord(record.size() + delimiter_.size());
  }
  done({.batch = std::move(builder).BuildTransformed(batch.arrival(), slice.positions(),
                                                     SourceOffsets(slice))});
}

const TransformSpec kSpec = {
    .name = "delimiter",
    .processor = "AppendDelimiterToRecord",
    .summary = "appends a delimiter, by default a newline, to every record",
    .create = &DelimiterTransform::Create,
};

}  // namespace hydrant::delimiter
