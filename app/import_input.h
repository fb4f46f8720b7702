// ReadDescriptions: what `aws firehose describe-delivery-stream` printed, as the streams that it describes.
// Owner:   any thread; pure but for ReadImportFile
// Units:   a file of at most 64 MiB
// Errors:  kInvalidArgument: says where the text is no description, and why
#pragma once

#include "engine/base/status.h"
#include "engine/stream/description_import.h"

#include <string>
#include <string_view>
#include <vector>

namespace hydrant {

// A file, or standard input for "-".
StatusOr<std::string> ReadImportFile(const std::string& path);

// One JSON document after another, each the answer of DescribeDeliveryStream, a bare DeliveryStreamDescription or a list
// of either. `source` is what messages call the text.
StatusOr<std::vector<ImportedStream>> ReadDescriptions(std::string_view text,
                                                       const std::string& source);

}  // namespace hydrant
