#include "sinks/s3/response.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hydrant::s3 {
namespace {

using ::testing::HasSubstr;

std::string ErrorDocument(const std::string& code, const std::string& more = "") {
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>" + code +
         "</Code><Message>Told so</Message>" + more + "<RequestId>1</RequestId></Error>";
}

S3Answer Answer(int status, std::string body, HttpHeaders headers = {}) {
  return ReadAnswer({status, std::move(headers), std::move(body)},
                    absl::FromUnixSeconds(784111777));
}

constexpr Severity kTransient = Severity::kTransient;
constexpr Severity kOperator = Severity::kOperator;

struct Case {
  int status;
  std::string code;  // of the document; empty: no document
  Severity severity;
  std::string error_code;
};

TEST(S3Response, TableOfOutcomes) {
  const Case cases[] = {
      {500, "InternalError", kTransient, "S3.InternalError"},
      {503, "SlowDown", kTransient, "S3.SlowDown"},
      {503, "ServiceUnavailable", kTransient, "S3.ServiceUnavailable"},
      {503, "", kTransient, "S3.ServiceUnavailable"},
      {502, "", kTransient, "S3.HTTP502"},
      {599, "NeverHeardOf", kTransient, "S3.NeverHeardOf"},
      {429, "", kTransient, "S3.TooManyRequests"},
      {429, "TooManyRequests", kTransient, "S3.TooManyRequests"},
      {400, "RequestTimeout", kTransient, "S3.RequestTimeout"},
      {400, "BadDigest", kTransient, "S3.BadDigest"},
      {400, "IncompleteBody", kTransient, "S3.IncompleteBody"},
      {403, "RequestTimeTooSkewed", kTransient, "S3.RequestTimeTooSkewed"},
      {404, "NoSuchUpload", kTransient, "S3.NoSuchUpload"},
      {409, "OperationAborted", kTransient, "S3.OperationAborted"},
      {307, "TemporaryRedirect", kTransient, "S3.TemporaryRedirect"},
      {400, "KMS.ThrottlingException", kTransient, "S3.KMS.RequestLimitExceeded"},
      {400, "ExpiredToken", kTransient, "S3.ExpiredToken"},
      {200, "InternalError", kTransient, "S3.InternalError"},
      {404, "NoSuchBucket", kOperator, "S3.NoSuchBucket"},
      {404, "", kOperator, "S3.NoSuchBucket"},
      {403, "AccessDenied", kOperator, "S3.AccessDenied"},
      {403, "", kOperator, "S3.AccessDenied"},
      {403, "InvalidAccessKeyId", kOperator, "S3.InvalidAccessKeyId"},
      {403, "SignatureDoesNotMatch", kOperator, "S3.SignatureDoesNotMatch"},
      {403, "AccountProblem", kOperator, "S3.AccountProblem"},
      {403, "AllAccessDisabled", kOperator, "S3.AllAccessDisabled"},
      {403, "InvalidPayer", kOperator, "S3.InvalidPayer"},
      {403, "NotSignedUp", kOperator, "S3.NotSignedUp"},
      {405, "MethodNotAllowed", kOperator, "S3.MethodNotAllowed"},
      {400, "KMS.NotFoundException", kOperator, "S3.KMS.NotFoundException"},
      {400, "KMS.DisabledException", kOperator, "S3.KMS.DisabledException"},
      {301, "PermanentRedirect", kOperator, "S3.PermanentRedirect"},
      {301, "", kOperator, "S3.PermanentRedirect"},
      {400, "AuthorizationHeaderMalformed", kOperator, "S3.AuthorizationHeaderMalformed"},
      {400, "InvalidArgument", kOperator, "S3.InvalidArgument"},
      {400, "", kOperator, "S3.HTTP400"},
      {501, "NotImplemented", kOperator, "S3.NotImplemented"},
      {302, "", kOperator, "S3.HTTP302"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(std::to_string(c.status) + " " + c.code);
    const S3Answer answer = Answer(c.status, c.code.empty() ? "" : ErrorDocument(c.code));
    const DeliveryOutcome outcome = ClassifyAnswer(answer, /*renewable_credentials=*/true);
    EXPECT_EQ(outcome.kind, OutcomeKind::kRetry);  // S3 never rejects
    EXPECT_EQ(outcome.severity, c.severity);
    EXPECT_EQ(outcome.error_code, c.error_code);
    EXPECT_THAT(outcome.error_message, HasSubstr(std::to_string(c.status)));
    EXPECT_EQ(outcome.error_message.find("Told so") != std::string::npos, !c.code.empty());
  }
}

TEST(S3Response, SuccessIsDelivered) {
  for (int status : {200, 201, 204}) {
    EXPECT_EQ(ClassifyAnswer(Answer(status, ""), false).kind, OutcomeKind::kDelivered);
  }
  const S3Answer listed =
      Answer(200, "<CompleteMultipartUploadResult><Code>x</Code></CompleteMultipartUploadResult>");
  EXPECT_EQ(ClassifyAnswer(listed, false).kind, OutcomeKind::kDelivered);
}

TEST(S3Response, ErrorBehindASuccessStatusIsAnError) {
  const S3Answer answer = Answer(200, "<Error>garbled");
  EXPECT_EQ(ClassifyAnswer(answer, false).kind, OutcomeKind::kRetry);
}

TEST(S3Response, ExpiredCredentialsThatNobodyRenewsAreForTheOperator) {
  const S3Answer answer = Answer(400, ErrorDocument("ExpiredToken"));
  EXPECT_TRUE(BlamesCredentials(answer));
  EXPECT_EQ(ClassifyAnswer(answer, false).severity, kOperator);
  EXPECT_EQ(ClassifyAnswer(answer, true).severity, kTransient);
  EXPECT_FALSE(BlamesCredentials(Answer(403, ErrorDocument("AccessDenied"))));
}

TEST(S3Response, TheRegionToSetIsNamed) {
  const S3Answer by_document =
      Answer(400, ErrorDocument("AuthorizationHeaderMalformed", "<Region>eu-west-1</Region>"));
  EXPECT_THAT(ClassifyAnswer(by_document, false).error_message,
              HasSubstr("set s3.region to eu-west-1"));
  const S3Answer by_header = Answer(301, "", {{"x-amz-bucket-region", "ap-south-1"}});
  EXPECT_THAT(ClassifyAnswer(by_header, false).error_message,
              HasSubstr("set s3.region to ap-south-1"));
  const S3Answer forged = Answer(301, "", {{"x-amz-bucket-region", "a b\x1b[31m"}});
  EXPECT_EQ(forged.region, "");
}

TEST(S3Response, RetryAfter) {
  const auto wait = [](std::string value) {
    return ClassifyAnswer(Answer(503, "", {{"retry-after", std::move(value)}}), false).retry_after;
  };
  EXPECT_EQ(wait("7"), absl::Seconds(7));
  EXPECT_EQ(wait("Sun, 06 Nov 1994 08:49:47 GMT"), absl::Seconds(10));  // "now" is 8:49:37
  EXPECT_EQ(wait("99999999"), absl::Hours(1));
  EXPECT_EQ(wait("-5"), std::nullopt);
  EXPECT_EQ(wait("soon"), std::nullopt);
  EXPECT_EQ(wait(""), std::nullopt);
}

TEST(S3Response, XmlIsNotTrusted) {
  EXPECT_EQ(ExtractXmlText("<A>x &amp;lt; y</A>", "A"), "x &lt; y");
  EXPECT_EQ(ExtractXmlText("<A></A>", "A"), "");
  EXPECT_EQ(ExtractXmlText("", "A"), std::nullopt);
  EXPECT_EQ(ExtractXmlText("<A>", "A"), std::nullopt);
  EXPECT_EQ(ExtractXmlText("<A>x", "A"), std::nullopt);
  EXPECT_EQ(ExtractXmlText("<A>x</B>", "A"), std::nullopt);
  EXPECT_EQ(ExtractXmlText("<A><B>x</B></A>", "A"), std::nullopt);
  EXPECT_EQ(ExtractXmlText("<A>x\x1by</A>", "A"), std::nullopt);
  EXPECT_EQ(ExtractXmlText("<A>" + std::string(1025, 'x') + "</A>", "A"), std::nullopt);
  EXPECT_EQ(ExtractXmlText(std::string(1 << 20, ' ') + "<A>x</A>", "A"), std::nullopt);
}

TEST(S3Response, CodesThatAreNoNamesAreNotShown) {
  const S3Answer answer = Answer(403, ErrorDocument("Access\nDenied \"x\""));
  EXPECT_EQ(ClassifyAnswer(answer, false).error_code, "S3.AccessDenied");
}

TEST(S3Response, Transport) {
  const DeliveryOutcome late = ClassifyTransport(absl::DeadlineExceededError("slow"));
  EXPECT_EQ(late.error_code, "S3.RequestTimeout");
  EXPECT_EQ(late.severity, kTransient);
  const DeliveryOutcome refused =
      ClassifyTransport(absl::UnavailableError("PUT http://h:1: refused"));
  EXPECT_EQ(refused.error_code, "S3.ConnectionFailed");
  EXPECT_EQ(refused.severity, kTransient);
  EXPECT_EQ(refused.error_message, "PUT http://h:1: refused");
  EXPECT_EQ(ClassifyTransport(absl::UnauthenticatedError("none")).severity, kOperator);
}

TEST(S3Response, WhetherTheServerMayHaveIt) {
  EXPECT_TRUE(ClassifyTransport(absl::DeadlineExceededError("slow")).ambiguous);
  EXPECT_TRUE(ClassifyTransport(absl::UnavailableError("reset")).ambiguous);
  EXPECT_FALSE(ClassifyTransport(NothingSent(absl::UnavailableError("refused"))).ambiguous);
  EXPECT_FALSE(ClassifyAnswer(Answer(503, ErrorDocument("SlowDown")), false).ambiguous);
  EXPECT_FALSE(ClassifyAnswer(Answer(200, ""), false).ambiguous);
  EXPECT_TRUE(ClassifyAnswer(Answer(502, ""), false).ambiguous);
  EXPECT_TRUE(ClassifyAnswer(Answer(504, ""), false).ambiguous);
}

}  // namespace
}  // namespace hydrant::s3
