// WalkBatch: finds the base64 texts of a PutRecordBatch, with the least that a server has to do for it:
// the punctuation around them is checked, inside of them only the closing quote is looked for. That
// nothing but base64 stands there is for the decoder to find.
// Owner:   any thread
// Source:  firehose 2015-08-04 service model, PutRecordBatchInput
#pragma once

#include <string_view>
#include <vector>

namespace hydrant::roofline {

// Adds the texts to `texts`. False when `body` is anything but
// {"DeliveryStreamName": "…", "Records": [{"Data": "…"}, …]}, white space aside.
bool WalkBatch(std::string_view body, std::vector<std::string_view>& texts);

}  // namespace hydrant::roofline
