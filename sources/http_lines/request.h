// LinesRequest: what a request to /streams/ asks for, from its head alone.
// Owner:   any thread
// Errors:  ApiErrors with the HTTP status to answer: 404, 405, 400 (bad option), 415
#pragma once

#include "engine/io/http_server.h"
#include "engine/stream/api_error.h"
#include "sources/http_lines/decompressor.h"
#include "sources/http_lines/line_cutter.h"

#include <string>
#include <string_view>
#include <variant>

namespace hydrant::http_lines {

struct LinesRequest {
  std::string stream;
  bool single_record = false;  // the whole body is one record
  Newline newline = Newline::kKeep;
  ContentCoding coding = ContentCoding::kIdentity;
};

// `signed_chunks`: the body is made of them, which the content coding "aws-chunked" may say, too. Else that is
// one that is not understood.
std::variant<LinesRequest, ApiError> ParseLinesRequest(const HttpRequestHead& head,
                                                       bool signed_chunks);

}  // namespace hydrant::http_lines
