// HttpLinesSource: records for people without an SDK.
//   POST /streams/NAME/lines    each line of the body is a record
//   POST /streams/NAME/record   the body is one record
// Owner:   any thread; requests run on their connections' loops
// Errors:  see README.md: the table of answers
#pragma once

#include "engine/access/authorizer.h"
#include "engine/component.h"
#include "engine/io/aws/request_auth.h"
#include "sources/http_lines/answers.h"
#include "sources/http_lines/basic_auth.h"
#include "sources/http_lines/line_upload.h"
#include "sources/http_lines/probe.h"
#include "sources/http_lines/request.h"

#include <atomic>
#include <memory>

namespace hydrant::http_lines {

class HttpLinesSource final : public Source {
 public:
  explicit HttpLinesSource(const SourceContext& context);

  // The router then calls this object, which must outlive its listener.
  Status Start() override;
  void Drain() override { draining_ = true; }

  asio::awaitable<void> Handle(HttpExchange& exchange);

 private:
  asio::awaitable<HttpResponse> Answer(HttpExchange& exchange);
  // Who sends, as far as the head proves it.
  struct Sender {
    std::string access_key_id;
    aws::AuthClaim claim;  // a claim that needs the body's hash, or its chunks' signatures
  };
  // Lets the head pass, or says why not.
  std::optional<ApiError> Authenticate(const HttpRequestHead& head, Sender& sender) const;
  std::optional<ApiError> Authorize(const Sender& sender, const LinesRequest& request) const;
  // The body in memory, if its hash is signed; it is checked before anything is appended.
  asio::awaitable<StatusOr<HttpBody>> ReadSignedBody(HttpExchange& exchange,
                                                     MemoryReservation& memory);
  asio::awaitable<UploadResult> AppendLines(const LinesRequest& request, BodyReader& reader,
                                            uint64_t text_bytes,
                                            std::shared_ptr<StreamIntake> intake);
  asio::awaitable<UploadResult> AppendRecord(BodyReader& reader, uint64_t text_bytes,
                                             std::shared_ptr<StreamIntake> intake);
  asio::awaitable<StatusOr<std::unique_ptr<RecordBatch>>> ReadRecord(BodyReader& reader,
                                                                     size_t capacity);

  IngestPort& ingest_;
  HttpRouter& router_;
  const Clock& clock_;
  const aws::RequestAuthenticator authenticator_;
  const BasicAuth basic_;
  const Authorizer authorizer_;
  Probe probe_;
  std::atomic<bool> draining_{false};
};

}  // namespace hydrant::http_lines
