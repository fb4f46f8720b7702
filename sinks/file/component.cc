#include "engine/component.h"

#include "sinks/file/file_sink.h"

namespace hydrant::file {

extern const SinkSpec kSpec;
const SinkSpec kSpec = {
    .name = "file",
    .summary = "objects as files: a directory takes the place of the bucket",
    .family = DestinationFamily::kS3,
    .serves = [](const NodeConfig& config) { return config.s3.endpoint.starts_with("file://"); },
    .check = &CheckFileDestination,
    .create = &MakeFileSink,
};

}  // namespace hydrant::file
