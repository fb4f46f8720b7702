// ObjectOptions: how a chunk becomes an object of a bucket. Shared by every sink that writes objects.
#pragma once

#include "engine/codec/compression.h"

#include <absl/time/time.h>

#include <string>

namespace hydrant {

struct ObjectOptions {
  std::string prefix;               // with expressions, as the user wrote it
  std::string error_output_prefix;  // likewise; empty when not given
  std::string file_extension;       // empty: the compression's default
  absl::TimeZone time_zone = absl::UTCTimeZone();
  CompressionFormat compression = CompressionFormat::kUncompressed;
  CompressionEffort effort = CompressionEffort::kFast;
};

}  // namespace hydrant
