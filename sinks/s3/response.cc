#include "sinks/s3/response.h"

#include <absl/strings/ascii.h>
#include <absl/strings/numbers.h>
#include <absl/strings/str_replace.h>

#include <algorithm>
#include <array>

namespace hydrant::s3 {
namespace {

constexpr size_t kElementBytesMax = 1024;
constexpr size_t kDocumentBytesMax = 64 << 10;
constexpr absl::Duration kRetryAfterMax = absl::Hours(1);

// What passes by itself. Everything else below 500 needs someone to act.
constexpr std::array<std::string_view, 19> kTransientCodes = {"SlowDown",
                                                              "ServiceUnavailable",
                                                              "InternalError",
                                                              "RequestTimeout",
                                                              "RequestTimeTooSkewed",
                                                              "OperationAborted",
                                                              "ConditionalRequestConflict",
                                                              "Throttling",
                                                              "ThrottlingException",
                                                              "TooManyRequests",
                                                              "RequestLimitExceeded",
                                                              "BandwidthLimitExceeded",
                                                              "BadDigest",
                                                              "XAmzContentSHA256Mismatch",
                                                              "XAmzContentChecksumMismatch",
                                                              "IncompleteBody",
                                                              "NoSuchUpload",
                                                              "TemporaryRedirect",
                                                              "KMS.ThrottlingException"};

struct Hint {
  std::string_view code;
  std::string_view text;
};
constexpr std::array<Hint, 13> kHints = {{
    {"NoSuchBucket", "create the bucket, or name another one in BucketARN"},
    {"AccessDenied",
     "allow these credentials s3:PutObject and s3:AbortMultipartUpload on the bucket, "
     "and kms:GenerateDataKey where it is encrypted by KMS"},
    {"InvalidAccessKeyId", "the server does not know the access key id: check s3.access_key_id"},
    {"SignatureDoesNotMatch",
     "the secret does not belong to the access key: check s3.secret_access_key"},
    {"ExpiredToken", "the session token is at its end"},
    {"InvalidToken", "the session token is not valid"},
    {"RequestTimeTooSkewed", "this machine's clock differs from the server's"},
    {"MethodNotAllowed", "the bucket's policy forbids this operation"},
    {"KMS.NotFoundException", "the KMS key of EncryptionConfiguration does not exist"},
    {"KMS.DisabledException", "the KMS key of EncryptionConfiguration is disabled"},
    {"AccountProblem", "the account has a problem: ask its provider"},
    {"AllAccessDisabled", "access to this account was disabled: ask its provider"},
    {"NotSignedUp", "the account is not signed up for S3"},
}};

std::string_view HintFor(std::string_view code) {
  for (const Hint& hint : kHints) {
    if (hint.code == code) return hint.text;
  }
  return {};
}

// Codes and regions go into logs and metrics: only what such a name can hold.
bool IsName(std::string_view text) {
  return !text.empty() && text.size() <= 128 && std::all_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '-' || c == '_';
  });
}

std::optional<absl::Duration> ParseRetryAfter(std::string_view value, absl::Time now) {
  int64_t seconds = 0;
  absl::Time time;
  std::string error;
  std::optional<absl::Duration> wait;
  if (absl::SimpleAtoi(ToAbsl(value), &seconds)) {
    wait = absl::Seconds(seconds);
  } else if (absl::ParseTime("%a, %d %b %Y %H:%M:%S GMT", ToAbsl(value), &time, &error)) {
    wait = time - now;
  }
  if (wait && *wait < absl::ZeroDuration()) return std::nullopt;
  if (wait) wait = std::min(*wait, kRetryAfterMax);
  return wait;
}

// Answers without a document (to HEAD, from proxies) have their status only.
std::string CodeOfStatus(int status) {
  switch (status) {
    case 301:
      return "PermanentRedirect";
    case 307:
      return "TemporaryRedirect";
    case 401:
    case 403:
      return "AccessDenied";
    case 404:
      return "NoSuchBucket";
    case 405:
      return "MethodNotAllowed";
    case 408:
      return "RequestTimeout";
    case 409:
      return "OperationAborted";
    case 429:
      return "TooManyRequests";
    case 503:
      return "ServiceUnavailable";
    default:
      return "HTTP" + std::to_string(status);
  }
}

bool IsTransient(int status, std::string_view code) {
  if (status >= 500 && status != 501) return true;  // 501 NotImplemented stays so
  return status == 429 || status == 408 ||
         std::find(kTransientCodes.begin(), kTransientCodes.end(), code) != kTransientCodes.end();
}

// The region to set, when the answer is about that.
std::string RegionAdvice(const S3Answer& answer, std::string_view code) {
  const bool about_region = code == "PermanentRedirect" || code == "AuthorizationHeaderMalformed" ||
                            code == "IllegalLocationConstraintException";
  if (!about_region) return {};
  if (answer.region.empty()) return "the bucket is in another region: set s3.region to it";
  return "the bucket is in region " + answer.region + ": set s3.region to " + answer.region;
}

bool IsExpired(std::string_view code) {
  return code == "ExpiredToken" || code == "ExpiredTokenException" ||
         code == "TokenRefreshRequired";
}

// A proxy that lost the server after it had passed the request on.
bool IsGatewayError(int status) { return status == 502 || status == 504; }

DeliveryOutcome TransportOutcome(const Status& status) {
  const std::string message(Message(status));
  switch (status.code()) {
    case absl::StatusCode::kDeadlineExceeded:
      return DeliveryOutcome::Retry("S3.RequestTimeout", message);
    case absl::StatusCode::kUnauthenticated:
      return DeliveryOutcome::Retry("S3.MissingCredentials", message, Severity::kOperator);
    case absl::StatusCode::kInvalidArgument:
      return DeliveryOutcome::Retry("S3.InvalidRequest", message, Severity::kOperator);
    default:
      return DeliveryOutcome::Retry("S3.ConnectionFailed", message);
  }
}

}  // namespace

std::optional<std::string> ExtractXmlText(std::string_view document, std::string_view name) {
  document = document.substr(0, kDocumentBytesMax);
  const std::string open = "<" + std::string(name) + ">";
  const std::string close = "</" + std::string(name) + ">";
  const size_t begin = document.find(open);
  if (begin == document.npos) return std::nullopt;
  const std::string_view rest = document.substr(begin + open.size());
  const size_t end = rest.find('<');
  if (end > kElementBytesMax || !rest.substr(end).starts_with(close)) {
    return std::nullopt;
  }
  std::string text = absl::StrReplaceAll(ToAbsl(rest.substr(0, end)), {{"&lt;", "<"},
                                                                       {"&gt;", ">"},
                                                                       {"&quot;", "\""},
                                                                       {"&#34;", "\""},
                                                                       {"&apos;", "'"},
                                                                       {"&#39;", "'"},
                                                                       {"&amp;", "&"}});
  const bool printable = std::none_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_iscntrl(static_cast<unsigned char>(c)) && c != '\n' && c != '\t' &&
           c != '\r';
  });
  if (!printable) return std::nullopt;
  return text;
}

S3Answer ReadAnswer(const HttpClientResponse& response, absl::Time now) {
  S3Answer answer;
  answer.status = response.status;
  const std::string_view region = response.Header("x-amz-bucket-region");
  if (IsName(region)) answer.region = region;
  answer.retry_after = ParseRetryAfter(response.Header("retry-after"), now);
  // The document's root tells an error from a result that has a member of the same name.
  const std::string_view head = std::string_view(response.body).substr(0, kElementBytesMax);
  if (head.find("<Error>") == head.npos && head.find("<Error ") == head.npos) return answer;
  const std::string code = ExtractXmlText(response.body, "Code").value_or("");
  if (IsName(code)) answer.code = code;
  answer.message = ExtractXmlText(response.body, "Message").value_or("");
  const std::string document_region = ExtractXmlText(response.body, "Region").value_or("");
  if (IsName(document_region)) answer.region = document_region;
  if (answer.code.empty() && answer.status < 300) answer.code = "InternalError";
  return answer;
}

bool BlamesCredentials(const S3Answer& answer) {
  return IsExpired(answer.code) || answer.code == "InvalidAccessKeyId" ||
         answer.code == "InvalidToken" || answer.code == "SignatureDoesNotMatch" ||
         answer.status == 401;
}

DeliveryOutcome ClassifyAnswer(const S3Answer& answer, bool renewable_credentials) {
  if (answer.code.empty() && answer.status >= 200 && answer.status < 300) {
    return DeliveryOutcome::Delivered();
  }
  const std::string code = answer.code.empty() ? CodeOfStatus(answer.status) : answer.code;
  bool transient = IsTransient(answer.status, code);
  if (IsExpired(code)) transient = renewable_credentials;
  std::string message = "the server answered HTTP " + std::to_string(answer.status) + " " + code;
  if (!answer.message.empty()) message += ": " + answer.message;
  const std::string region_advice = RegionAdvice(answer, code);
  const std::string_view hint = region_advice.empty() ? HintFor(code) : region_advice;
  if (!hint.empty()) message.append(" (").append(hint).append(")");
  // The guide's name for KMS throttling.
  const std::string shown = code == "KMS.ThrottlingException" ? "KMS.RequestLimitExceeded" : code;
  DeliveryOutcome outcome = DeliveryOutcome::Retry(
      "S3." + shown, std::move(message), transient ? Severity::kTransient : Severity::kOperator);
  outcome.retry_after = answer.retry_after;
  outcome.throttled = answer.status == 429 || answer.status == 503;
  outcome.ambiguous = IsGatewayError(answer.status);
  return outcome;
}

DeliveryOutcome ClassifyTransport(const Status& status) {
  DeliveryOutcome outcome = TransportOutcome(status);
  outcome.ambiguous = MayHaveArrived(status);
  return outcome;
}

}  // namespace hydrant::s3
