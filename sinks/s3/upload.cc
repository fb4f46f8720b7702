#include "sinks/s3/upload.h"

#include "engine/io/aws/sigv4.h"
#include "sinks/s3/digest.h"

#include <absl/strings/str_replace.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace hydrant::s3 {
namespace {

struct Part {
  std::string etag;
  std::string crc32c_base64;
};

std::string EscapeXml(const std::string& text) {
  return absl::StrReplaceAll(text,
                             {{"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}, {"\"", "&quot;"}});
}

std::string CompleteBody(const std::vector<Part>& parts) {
  std::string body = "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">";
  for (size_t i = 0; i < parts.size(); ++i) {
    body += "<Part><ETag>" + EscapeXml(parts[i].etag) + "</ETag><PartNumber>" +
            std::to_string(i + 1) + "</PartNumber><ChecksumCRC32C>" + parts[i].crc32c_base64 +
            "</ChecksumCRC32C></Part>";
  }
  return body + "</CompleteMultipartUpload>";
}

DeliveryOutcome Unreadable(std::string_view operation, std::string_view lacks) {
  return DeliveryOutcome::Retry("S3.InvalidResponse", "the answer to " + std::string(operation) +
                                                          " holds no " + std::string(lacks));
}

// One multipart upload: create, parts, complete; abort when any of it fails.
class Multipart {
 public:
  Multipart(S3Client& client, const UploadOptions& options, std::string key, const Payload& payload)
      : client_(client),
        options_(options),
        key_(std::move(key)),
        payload_(payload),
        part_bytes_(PartBytes(payload.size, options.multipart_bytes)),
        parts_((payload.size + part_bytes_ - 1) / part_bytes_) {}

  asio::awaitable<DeliveryOutcome> Run() {
    if (!co_await Create()) co_return *failure_;
    {
      using asio::experimental::awaitable_operators::operator&&;
      static_assert(kPartsAtOnce == 4);
      co_await (UploadParts() && UploadParts() && UploadParts() && UploadParts());
    }
    if (!failure_) co_await Complete();
    if (!failure_) co_return DeliveryOutcome::Delivered();
    co_await Abort();
    co_return *failure_;
  }

 private:
  // The answer when the call went well; else notes the first failure. Only the last call makes the object.
  asio::awaitable<std::optional<HttpClientResponse>> Call(S3Call call, bool is_last = false) {
    StatusOr<S3Reply> reply = co_await client_.Send(std::move(call));
    DeliveryOutcome outcome = reply.ok()
                                  ? ClassifyAnswer(reply->answer, options_.renewable_credentials)
                                  : ClassifyTransport(reply.status());
    if (outcome.kind == OutcomeKind::kDelivered) co_return std::move(reply->response);
    outcome.ambiguous = outcome.ambiguous && is_last;
    Fail(std::move(outcome));
    co_return std::nullopt;
  }

  void Fail(DeliveryOutcome outcome) {
    std::lock_guard lock(mutex_);
    if (!failure_) failure_ = std::move(outcome);
    failed_ = true;
  }

  S3Call MakeCall(std::string method, std::string query) const {
    S3Call call;
    call.method = std::move(method);
    call.key = key_;
    call.query = std::move(query);
    call.sha256_hex = aws::Sha256Hex("");
    return call;
  }

  asio::awaitable<bool> Create() {
    S3Call call = MakeCall("POST", "uploads=");
    call.headers = options_.headers;
    call.headers.emplace_back("x-amz-checksum-algorithm", "CRC32C");
    std::optional<HttpClientResponse> response = co_await Call(std::move(call));
    if (!response) co_return false;
    const std::string id = ExtractXmlText(response->body, "UploadId").value_or("");
    if (id.empty()) Fail(Unreadable("CreateMultipartUpload", "UploadId"));
    upload_id_ = aws::UriEncode(id, false);
    co_return !id.empty();
  }

  // One of several workers: takes the next part until there is none or one has failed.
  asio::awaitable<void> UploadParts() {
    while (!failed_) {
      const size_t i = next_part_.fetch_add(1);
      if (i >= parts_.size()) break;
      co_await UploadPart(i);
    }
  }

  asio::awaitable<void> UploadPart(size_t i) {
    S3Call call =
        MakeCall("PUT", "partNumber=" + std::to_string(i + 1) + "&uploadId=" + upload_id_);
    call.body = SubPieces(payload_.pieces, i * part_bytes_, part_bytes_);
    BodyDigest digest = co_await DigestBody(call.body, client_.signs_payload());
    parts_[i].crc32c_base64 = digest.crc32c_base64;
    call.headers = {{"x-amz-checksum-crc32c", digest.crc32c_base64}};
    call.sha256_hex = std::move(digest.sha256_hex);
    std::optional<HttpClientResponse> response = co_await Call(std::move(call));
    if (!response) co_return;
    parts_[i].etag = response->Header("etag");
    if (parts_[i].etag.empty()) Fail(Unreadable("UploadPart", "ETag"));
  }

  asio::awaitable<void> Complete() {
    const std::string body = CompleteBody(parts_);
    S3Call call = MakeCall("POST", "uploadId=" + upload_id_);
    call.body = {body};
    call.headers = {{"Content-Type", "application/xml"}};
    call.sha256_hex = aws::Sha256Hex(body);
    std::optional<HttpClientResponse> response = co_await Call(std::move(call), /*is_last=*/true);
    if (response && response->body.find("<CompleteMultipartUploadResult") == std::string::npos) {
      DeliveryOutcome unreadable =
          Unreadable("CompleteMultipartUpload", "CompleteMultipartUploadResult");
      unreadable.ambiguous = true;
      Fail(std::move(unreadable));
    }
  }

  // What it comes to changes nothing: the first failure is the outcome, and parts that stay behind
  // are for the bucket's lifecycle rule to remove.
  asio::awaitable<void> Abort() {
    (co_await client_.Send(MakeCall("DELETE", "uploadId=" + upload_id_))).status().IgnoreError();
  }

  S3Client& client_;
  const UploadOptions& options_;
  const std::string key_;
  const Payload& payload_;
  const uint64_t part_bytes_;
  std::string upload_id_;
  std::vector<Part> parts_;  // each written by the worker that took it
  std::atomic<size_t> next_part_{0};
  std::atomic<bool> failed_{false};
  std::mutex mutex_;
  std::optional<DeliveryOutcome> failure_;
};

asio::awaitable<DeliveryOutcome> PutObject(S3Client& client, const UploadOptions& options,
                                           std::string key, const Payload& payload) {
  BodyDigest digest = co_await DigestBody(payload.pieces, client.signs_payload());
  S3Call call;
  call.method = "PUT";
  call.key = std::move(key);
  call.headers = options.headers;
  call.headers.emplace_back("x-amz-checksum-crc32c", digest.crc32c_base64);
  call.body = payload.pieces;
  call.sha256_hex = std::move(digest.sha256_hex);
  StatusOr<S3Reply> reply = co_await client.Send(std::move(call));
  if (!reply.ok()) co_return ClassifyTransport(reply.status());
  co_return ClassifyAnswer(reply->answer, options.renewable_credentials);
}

}  // namespace

uint64_t PartBytes(uint64_t object_bytes, uint64_t multipart_bytes) {
  return std::max({multipart_bytes, kPartBytesMin, (object_bytes + kPartsMax - 1) / kPartsMax});
}

asio::awaitable<DeliveryOutcome> UploadObject(S3Client& client, const UploadOptions& options,
                                              std::string key, const Payload& payload) {
  if (payload.size <= PartBytes(payload.size, options.multipart_bytes)) {
    co_return co_await PutObject(client, options, std::move(key), payload);
  }
  Multipart multipart(client, options, std::move(key), payload);
  co_return co_await multipart.Run();
}

}  // namespace hydrant::s3
