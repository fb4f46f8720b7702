// Presigned requests, session tokens, Date headers, replays: what the header form's tests leave out. Signatures
// were made by botocore 1.43.11 with its clock set to the fixture's.
#include "engine/io/aws/replay_guard.h"
#include "engine/io/aws/request_auth_fixture.h"

namespace hydrant::aws {
namespace {

constexpr char kToken[] = "the+session/token==";

std::string Authorization(std::string_view signed_headers, std::string_view signature) {
  return "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260314/us-east-1/firehose/aws4_request, "
         "SignedHeaders=" +
         std::string(signed_headers) + ", Signature=" + std::string(signature);
}

// By SigV4QueryAuth, with the body's hash as payload.
Request Presigned() {
  return {.query =
              "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F20260314%2Fus-east-1"
              "%2Ffirehose%2Faws4_request&X-Amz-Date=20260314T150926Z&X-Amz-Expires=900"
              "&X-Amz-SignedHeaders=content-type%3Bhost%3Bx-amz-target&X-Amz-Signature="
              "1b036c245c535f6cb35c3648ab0e6b9217c8f35d801b57e4369f991c17290cd2",
          .headers = {{"Host", "127.0.0.1:4573"},
                      {"X-Amz-Target", "Firehose_20150804.PutRecord"},
                      {"Content-Type", "application/x-amz-json-1.1"}},
          .body = kPutBody};
}

Request PresignedUnsigned() {
  return {.path = "/streams/web/lines",
          .query =
              "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F20260314%2Fus-east-1"
              "%2Ffirehose%2Faws4_request&X-Amz-Date=20260314T150926Z&X-Amz-Expires=60"
              "&X-Amz-SignedHeaders=host%3Bx-amz-content-sha256&X-Amz-Signature="
              "d200ae82fe3851022a8c2bca02a2e2b5e84228320be771fc2fe1f84e319e2e54",
          .headers = {{"Host", "127.0.0.1:4573"}, {"X-Amz-Content-SHA256", "UNSIGNED-PAYLOAD"}},
          .body = "any"};
}

Request WithToken() {
  return {.headers = {{"Host", "127.0.0.1:4573"},
                      {"X-Amz-Target", "Firehose_20150804.PutRecord"},
                      {"Content-Type", "application/x-amz-json-1.1"},
                      {"X-Amz-Date", "20260314T150926Z"},
                      {"X-Amz-Security-Token", kToken},
                      {"Authorization",
                       Authorization(
                           "content-type;host;x-amz-date;x-amz-security-token;x-amz-target",
                           "7c4901f8d98e5566b750ecc66efa005626fdc87728338aca3b90b3fd3dec12db")}},
          .body = kPutBody};
}

Request PresignedWithToken() {
  Request request = Presigned();
  request.query =
      "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F20260314%2Fus-east-1"
      "%2Ffirehose%2Faws4_request&X-Amz-Date=20260314T150926Z&X-Amz-Expires=900"
      "&X-Amz-SignedHeaders=content-type%3Bhost%3Bx-amz-target"
      "&X-Amz-Security-Token=the%2Bsession%2Ftoken%3D%3D&X-Amz-Signature="
      "a8696af968621ee145063e7e397bf72ef2837fae42a12e2379a26b9a9ce7b0ce";
  return request;
}

Request WithDateHeader() {
  return {.headers = {{"Host", "127.0.0.1:4573"},
                      {"X-Amz-Target", "Firehose_20150804.PutRecord"},
                      {"Content-Type", "application/x-amz-json-1.1"},
                      {"Date", "Sat, 14 Mar 2026 15:09:26 -0000"},
                      {"Authorization",
                       Authorization("content-type;date;host;x-amz-target",
                                     "74457c9a4a1b57e11e2cf49776eba0fbd2d0351f7b276edd14d2a20ec"
                                     "47baa54")}},
          .body = kPutBody};
}

void ReplaceInQuery(Request& request, std::string_view from, std::string_view to) {
  const size_t at = request.query.find(from);
  ASSERT_NE(at, std::string::npos) << from;
  request.query.replace(at, from.size(), to);
}

class SignedRequestTest : public RequestAuthTest {};

TEST_F(SignedRequestTest, RefusesIncompleteQueries) {
  const std::string signature = "1b036c245c535f6cb35c3648ab0e6b9217c8f35d801b57e4369f991c17290cd2";
  struct Case {
    std::string from, to;
    const char *type, *message;
  };
  constexpr char kIncomplete[] = "IncompleteSignatureException";
  const Case cases[] = {
      {"&X-Amz-Date=20260314T150926Z", "", kIncomplete,
       "AWS query-string parameters must include 'X-Amz-Date'. Re-examine the query-string"},
      {"X-Amz-Signature=" + signature, "", kIncomplete, "must include 'X-Amz-Signature'"},
      {"=AWS4-HMAC-SHA256", "=AWS4-HMAC-SHA1", kIncomplete, "only supports"},
      {"=AWS4-HMAC-SHA256", "", kIncomplete, "must include 'X-Amz-Algorithm'"},
      {"20260314T150926Z", "now", kIncomplete, "ISO-8601"},
      {"20260314T150926Z", "Sat, 14 Mar 2026 15:09:26 GMT", kIncomplete, "ISO-8601"},
      {"Expires=900", "Expires=soon", kIncomplete, "X-Amz-Expires should be a number"},
      {"Expires=900", "Expires=-1", kIncomplete, "must be non-negative"},
      {"Expires=900", "Expires=604801", kIncomplete, "less than a week"},
      {"Expires=900", "Expires=900&X-Amz-Expires=900", kIncomplete, "more than once"},
      {"Expires=900", "Expires=900&X%2DAmz%2DExpires=1", kIncomplete, "more than once"},
      {"%2Faws4_request", "", kIncomplete, "exactly 5"},
      {"us-east-1", "eu-west-1", "InvalidSignatureException", "valid region"},
      {"%3Bx-amz-target", "", "InvalidSignatureException", "'x-amz-target' must be"},
  };
  for (const Case& c : cases) {
    Request request = Presigned();
    ReplaceInQuery(request, c.from, c.to);
    ExpectRefused(request, c.type, c.message);
  }
  Request both = Presigned();
  both["Authorization"] = Authorization("host", signature);
  ExpectRefused(both, "InvalidSignatureException",
                "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP "
                "header.");
}

TEST_F(SignedRequestTest, RefusesEveryTamperingWithAPresignedRequest) {
  for (const auto& [from, to] :
       {std::pair("Expires=900", "Expires=901"), std::pair("&X-Amz-Expires=900", ""),
        std::pair("cd2", "cd3"), std::pair("X-Amz-Date", "a=b&X-Amz-Date")}) {
    Request request = Presigned();
    ReplaceInQuery(request, from, to);
    ExpectRefused(request, "InvalidSignatureException", kMismatch);
  }
  Request body = Presigned();
  body.body += " ";
  ExpectRefused(body, "InvalidSignatureException", kMismatch);
  // A header that says the body needs no hash, added by somebody on the way.
  Request unsigned_body = Presigned();
  unsigned_body["X-Amz-Content-SHA256"] = "UNSIGNED-PAYLOAD";
  ExpectRefused(unsigned_body, "InvalidSignatureException", "must be a 'SignedHeader'");
  unsigned_body = Presigned();
  unsigned_body.query += "&X-Amz-Content-Sha256=UNSIGNED-PAYLOAD";
  ExpectRefused(unsigned_body, "InvalidSignatureException", kMismatch);
}

TEST_F(SignedRequestTest, APresignedRequestHoldsAsLongAsItSays) {
  const absl::Time signed_at = clock_.now;
  EXPECT_FALSE(Check(Presigned()).has_value());
  EXPECT_FALSE(Check(PresignedUnsigned()).has_value());
  clock_.now = signed_at + absl::Minutes(15);
  EXPECT_FALSE(Check(Presigned()).has_value());
  clock_.now += absl::Seconds(1);
  ExpectRefused(Presigned(), "InvalidSignatureException",
                "Signature expired: 20260314T150926Z is now earlier than 20260314T150927Z "
                "(20260314T152427Z - 900 sec.)");
  clock_.now = signed_at + absl::Seconds(61);
  ExpectRefused(PresignedUnsigned(), "InvalidSignatureException", "Signature expired");
  clock_.now = signed_at - absl::Minutes(6);
  ExpectRefused(Presigned(), "InvalidSignatureException", "not yet current");
}

TEST_F(SignedRequestTest, AConfiguredSessionTokenMustComeAlong) {
  for (const Request& request : {WithToken(), PresignedWithToken()}) {
    ExpectRefused(request, "UnrecognizedClientException", "security token");
  }
  config_.credentials = {{"AKIDEXAMPLE", kSecret, kToken}};
  EXPECT_FALSE(Check(WithToken()).has_value());
  EXPECT_FALSE(Check(PresignedWithToken()).has_value());
  ExpectRefused(Presigned(), "UnrecognizedClientException", "security token");
  config_.credentials[0].session_token = "the+session/token=!";
  ExpectRefused(WithToken(), "UnrecognizedClientException", "security token");
  ExpectRefused(PresignedWithToken(), "UnrecognizedClientException", "security token");
}

TEST_F(SignedRequestTest, TheTokenIsSignedToo) {
  config_.credentials = {{"AKIDEXAMPLE", kSecret, kToken}};
  Request request = WithToken();
  request.Replace("Authorization", "x-amz-security-token;", "");
  ExpectRefused(request, "InvalidSignatureException", "'x-amz-security-token' must be");
}

TEST_F(SignedRequestTest, ADateHeaderServesInsteadOfXAmzDate) {
  EXPECT_FALSE(Check(WithDateHeader()).has_value());
  Request gmt = WithDateHeader();
  gmt["Date"] = "Sat, 14 Mar 2026 15:09:26 GMT";  // the same time, other bytes
  ExpectRefused(gmt, "InvalidSignatureException", kMismatch);
  for (const char* date : {"Sat, 14 Mar 2026 15:09:26 CET", "Sat, 14 Mar 2026", "yesterday",
                           "Sat, 14 Mar 21062 5:09:26 GMT", ""}) {
    Request request = WithDateHeader();
    request["Date"] = date;
    ExpectRefused(request, "IncompleteSignatureException", "");
  }
}

TEST_F(SignedRequestTest, ReplaysAreRefusedWhenAsked) {
  EXPECT_FALSE(Check(Presigned()).has_value());
  config_.auth_replays_max = 2;
  const RequestAuthenticator authenticator(config_, clock_);
  const auto check = [&](const Request& request) -> std::optional<ApiError> {
    const auto checked = authenticator.CheckHead(request.Head());
    if (const auto* error = std::get_if<ApiError>(&checked)) return *error;
    return authenticator.CheckBody(std::get<AuthClaim>(checked), request.body);
  };
  // One that fails is not remembered.
  Request tampered = Presigned();
  tampered.body += "x";
  EXPECT_TRUE(check(tampered).has_value());
  EXPECT_FALSE(check(Presigned()).has_value());
  const std::optional<ApiError> again = check(Presigned());
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(again->type, "InvalidSignatureException");
  EXPECT_THAT(again->message, ::testing::HasSubstr("used before"));
  // The table is bounded: the oldest is forgotten.
  EXPECT_FALSE(check(PresignedUnsigned()).has_value());
  EXPECT_TRUE(check(PresignedUnsigned()).has_value());
  EXPECT_FALSE(check(WithDateHeader()).has_value());
  EXPECT_TRUE(check(PresignedUnsigned()).has_value());
  EXPECT_FALSE(check(Presigned()).has_value());
}

TEST(ReplayGuard, WhatIsForgottenIsNewAndKeptAsLongAsAnyOther) {
  ReplayGuard guard(3);
  const auto is_new = [&](char c) { return guard.IsNew(std::string(64, c)); };
  guard.Forget(std::string(64, 'a'));
  EXPECT_TRUE(is_new('a'));
  guard.Forget(std::string(64, 'a'));
  EXPECT_TRUE(is_new('a'));
  EXPECT_FALSE(is_new('a'));
  EXPECT_TRUE(is_new('b'));
  EXPECT_TRUE(is_new('c'));  // takes the place that was a's at first
  EXPECT_FALSE(is_new('a'));
  EXPECT_TRUE(is_new('d'));
  EXPECT_TRUE(is_new('a'));
  EXPECT_FALSE(is_new('c'));
  EXPECT_FALSE(is_new('d'));
}

TEST_F(SignedRequestTest, ChunksAreAnnouncedByTheHead) {
  const RequestAuthenticator authenticator(config_, clock_);
  Request request{
      .path = "/streams/web/lines",
      .headers = {
          {"Host", "127.0.0.1:4573"},
          {"X-Amz-Content-SHA256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"},
          {"Content-Encoding", "aws-chunked"},
          {"X-Amz-Decoded-Content-Length", "8"},
          {"X-Amz-Date", "20260314T150926Z"},
          {"Authorization",
           Authorization("content-encoding;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-"
                         "content-length",
                         "3294db4b6cad20f07f4fd668b8436848cfcafa4c687d649c3579c37ebe9d8511")}}};
  const auto checked = authenticator.CheckHead(request.Head());
  const AuthClaim& claim = std::get<AuthClaim>(checked);
  ASSERT_TRUE(claim.chunk_signing().has_value());
  EXPECT_EQ(claim.chunk_signing()->decoded_bytes, 8u);
  EXPECT_FALSE(claim.chunk_signing()->trailer);
  EXPECT_TRUE(claim.head_is_proven());
  EXPECT_FALSE(claim.needs_body_hash());
  request["X-Amz-Content-SHA256"] = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER";
  ExpectRefused(request, "InvalidSignatureException", kMismatch);
  request["Authorization"] = Authorization(
      "content-encoding;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length",
      "a1a6b93c6fa5a27526073a14dc784539b83b71e4e3b5ac5332df8d525a89fc52");
  const auto trailer = authenticator.CheckHead(request.Head());
  EXPECT_TRUE(std::get<AuthClaim>(trailer).chunk_signing()->trailer);
}

}  // namespace
}  // namespace hydrant::aws
