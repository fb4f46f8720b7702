#include "engine/component.h"

#include "sinks/s3/s3_sink.h"

namespace hydrant::s3 {

extern const SinkSpec kSpec;
const SinkSpec kSpec = {
    .name = "s3",
    .summary = "objects in a bucket of Amazon S3 or any server that speaks its protocol",
    .family = DestinationFamily::kS3,
    .serves = [](const NodeConfig& config) { return !config.s3.endpoint.starts_with("file://"); },
    .check = &CheckS3Destination,
    .create = &MakeS3Sink,
};

}  // namespace hydrant::s3
