// Operation: which of the API's operations a request asks for, or AWS's answer when it asks for
// none.
// Owner:   any thread
// Source:  AWS JSON 1.1 protocol; firehose 2015-08-04 service model (targetPrefix, operations);
//          what AWS answers to other methods, types and targets: kinesalite, which was tested
//          against AWS
#pragma once

#include "engine/io/http_server.h"
#include "engine/stream/api_error.h"

#include <array>
#include <cstddef>
#include <string_view>
#include <variant>

namespace hydrant::firehose_api {

inline constexpr std::string_view kContentType = "application/x-amz-json-1.1";

inline constexpr std::array<std::string_view, 12> kOperations = {"PutRecord",
                                                                 "PutRecordBatch",
                                                                 "CreateDeliveryStream",
                                                                 "DeleteDeliveryStream",
                                                                 "DescribeDeliveryStream",
                                                                 "ListDeliveryStreams",
                                                                 "UpdateDestination",
                                                                 "TagDeliveryStream",
                                                                 "UntagDeliveryStream",
                                                                 "ListTagsForDeliveryStream",
                                                                 "StartDeliveryStreamEncryption",
                                                                 "StopDeliveryStreamEncryption"};

// An index into kOperations.
enum class Operation : size_t { kPutRecord = 0, kPutRecordBatch = 1 };
inline std::string_view OperationName(Operation operation) {
  return kOperations[static_cast<size_t>(operation)];
}

// What is no call of the API at all is answered as AWS does, in XML.
std::variant<Operation, ApiError, HttpResponse> ReadOperation(const HttpRequestHead& head);

}  // namespace hydrant::firehose_api
