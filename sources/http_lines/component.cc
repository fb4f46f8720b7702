#include "sources/http_lines/http_lines_source.h"

namespace hydrant::http_lines {
namespace {

StatusOr<std::unique_ptr<Source>> Create(const SourceContext& context) {
  return std::make_unique<HttpLinesSource>(context);
}

}  // namespace

extern const SourceSpec kSpec;
const SourceSpec kSpec = {
    .name = "http_lines",
    .summary = "Lines or single records by plain HTTP POST, for people without an SDK.",
    .create = Create,
};

}  // namespace hydrant::http_lines
