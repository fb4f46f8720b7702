// The Firehose API's row in the table of sources.
#include "engine/component.h"

#include "sources/firehose_api/firehose_api_source.h"

namespace hydrant::firehose_api {

extern const SourceSpec kSpec;
const SourceSpec kSpec = {
    .name = "firehose_api",
    .summary = "The Amazon Data Firehose API (AWS JSON 1.1): PutRecord, PutRecordBatch, streams.",
    .create = [](const SourceContext& context) -> StatusOr<std::unique_ptr<Source>> {
      return std::make_unique<FirehoseApiSource>(context);
    }};

}  // namespace hydrant::firehose_api
