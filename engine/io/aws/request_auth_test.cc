#include "engine/io/aws/request_auth_fixture.h"

#include <absl/strings/ascii.h>

namespace hydrant::aws {
namespace {

constexpr char kLines[] = "one\ntwo\n";

std::string AuthorizationOf(std::string_view signed_headers, std::string_view signature) {
  return "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260314/us-east-1/firehose/aws4_request, "
         "SignedHeaders=" +
         std::string(signed_headers) + ", Signature=" + std::string(signature);
}

// The three requests below were signed by botocore 1.43.11 with its clock set to FixedClock's time.
Request PutRecord() {
  return {.headers = {{"Host", "127.0.0.1:4573"},
                      {"X-Amz-Target", "Firehose_20150804.PutRecord"},
                      {"Content-Type", "application/x-amz-json-1.1"},
                      {"User-Agent", "Botocore/1.43.11"},
                      {"X-Amz-Date", "20260314T150926Z"},
                      {"Authorization",
                       AuthorizationOf("content-type;host;x-amz-date;x-amz-target",
                                       "19461c44365d3204398cfa2c307de58db109ebb0f3b83a86fbfaa27dd8"
                                       "0e4a97")},
                      {"Content-Length", "61"}},
          .body = kPutBody};
}

Request Lines(std::string_view content_sha256, std::string_view signature) {
  return {.path = "/streams/web/lines",
          .query = "b=2&a=x%20y",
          .headers = {{"host", "127.0.0.1:4573"},
                      {"content-type", "text/plain"},
                      {"x-amz-content-sha256", std::string(content_sha256)},
                      {"x-amz-date", "20260314T150926Z"},
                      {"authorization",
                       AuthorizationOf("content-type;host;x-amz-content-sha256;x-amz-date",
                                       signature)}},
          .body = kLines};
}

Request UnsignedLines() {
  return Lines("UNSIGNED-PAYLOAD",
               "7bf7c1e3cdfd153a3e807f82dd0eef6d75aa0e40001d5e39eedfab4f8b5d5773");
}

Request HashedLines() {
  return Lines("c3f9c8c283a2b1f2f1896f27a01cbe3cddc0c9d93f752e4639035a0f5b36f6e8",
               "485c7af1bd1540f9eb858105e3f24ebf417e08a4048a9d875160551d30aaf6b5");
}

TEST_F(RequestAuthTest, RefusesWhatIsNotSigned) {
  Request request = PutRecord();
  for (const char* empty : {"", " "}) {
    request["Authorization"] = empty;
    ExpectRefused(request, "MissingAuthenticationTokenException", "Missing Authentication Token");
  }
  request.Remove("Authorization");
  ExpectRefused(request, "MissingAuthenticationTokenException", "Missing Authentication Token");
}

TEST_F(RequestAuthTest, RefusesIncompleteAuthorizations) {
  const std::pair<const char*, const char*> cases[] = {
      {"Basic dXNlcjpwYXNz", "requires the scheme"},
      {"AWS4-HMAC-SHA256", "requires the scheme"},
      {"AWS4-HMAC-SHA256X Credential=a", "requires the scheme"},
      {"AWS4-HMAC-SHA256 Credential", "missing equal-sign"},
      {"AWS4-HMAC-SHA256 Credential=a/b/c/d/e, SignedHeaders=host", "requires 'Signature'"},
      {"AWS4-HMAC-SHA256 Signature=1, SignedHeaders=host", "requires 'Credential'"},
      {"AWS4-HMAC-SHA256 Credential=a/b/c/d/e, Signature=1", "requires 'SignedHeaders'"},
      {"AWS4-HMAC-SHA256 Credential=a/b/c/d, SignedHeaders=host, Signature=1", "exactly 5"},
      {"AWS4-HMAC-SHA256 Credential=a/b/c/d/e/f, SignedHeaders=host, Signature=1", "exactly 5"},
      {"AWS4-HMAC-SHA256 Credential=a, Credential=b, SignedHeaders=host, Signature=1", "repeats"},
      {"AWS4-HMAC-SHA256 Credential=a\x01\xff, SignedHeaders=host, Signature=1",
       "'a?"
       "?'"},
  };
  for (const auto& [value, message] : cases) {
    Request request = PutRecord();
    request["Authorization"] = value;
    ExpectRefused(request, "IncompleteSignatureException", message);
  }
}

TEST_F(RequestAuthTest, RefusesTwoAuthorizationsAndTooManySignedHeaders) {
  Request twice = PutRecord();
  twice.headers.emplace_back("authorization", twice["Authorization"]);
  ExpectRefused(twice, "IncompleteSignatureException", "more than one");
  Request many = PutRecord();
  std::string names = "host";
  for (int i = 100; i < 200; ++i) names += ";hx" + std::to_string(i);
  many.Replace("Authorization", "host", names);
  ExpectRefused(many, "IncompleteSignatureException", "too many");
}

TEST_F(RequestAuthTest, RefusesBadDates) {
  Request request = PutRecord();
  request.Remove("X-Amz-Date");
  ExpectRefused(request, "IncompleteSignatureException", "requires existence");
  for (const char* date : {"20260314", "20261314T150926Z", "2026-03-14T15:09", "20260314T150926X",
                           "20260314T15092\xff\x01", "20260314T150926ZZ", "2026031aT150926Z"}) {
    request["X-Amz-Date"] = date;
    ExpectRefused(request, "IncompleteSignatureException", "ISO-8601");
  }
  request["X-Amz-Date"] = "20260315T000000Z";
  ExpectRefused(request, "InvalidSignatureException", "'20260314' != '20260315'");
}

TEST_F(RequestAuthTest, AllowsFiveMinutesOfSkewAndNoMore) {
  const absl::Time signed_at = clock_.now;
  for (const absl::Duration skew : {absl::Minutes(5), -absl::Minutes(5)}) {
    clock_.now = signed_at + skew;
    EXPECT_FALSE(Check(PutRecord()).has_value()) << skew;
  }
  clock_.now = signed_at + absl::Minutes(5) + absl::Seconds(1);
  ExpectRefused(PutRecord(), "InvalidSignatureException",
                "Signature expired: 20260314T150926Z is now earlier than 20260314T150927Z "
                "(20260314T151427Z - 5 min.)");
  clock_.now = signed_at - absl::Minutes(5) - absl::Seconds(1);
  ExpectRefused(PutRecord(), "InvalidSignatureException",
                "Signature not yet current: 20260314T150926Z is still later than "
                "20260314T150925Z (20260314T150425Z + 5 min.)");
}

TEST_F(RequestAuthTest, RefusesOtherScopes) {
  const std::pair<std::pair<const char*, const char*>, const char*> cases[] = {
      {{"us-east-1", "eu-west-1"}, "valid region, not 'eu-west-1'"},
      {{"/firehose/", "/kinesis/"}, "correct service: 'firehose'"},
      {{"aws4_request", "aws5_request"}, "valid terminator"},
      {{"/20260314/", "/20260313/"}, "does not match YYYYMMDD"},
  };
  for (const auto& [change, message] : cases) {
    Request request = PutRecord();
    request.Replace("Authorization", change.first, change.second);
    ExpectRefused(request, "InvalidSignatureException", message);
  }
}

TEST_F(RequestAuthTest, RefusesUnknownKeysAndSessionTokens) {
  Request request = PutRecord();
  request.Replace("Authorization", "AKIDEXAMPLE", "AKIDNOBODY");
  ExpectRefused(request, "UnrecognizedClientException", "security token");
  Request with_token = PutRecord();
  with_token["X-Amz-Security-Token"] = "token";
  ExpectRefused(with_token, "UnrecognizedClientException", "security token");
}

TEST_F(RequestAuthTest, RefusesAnotherKeysSignature) {
  Request request = PutRecord();
  request.Replace("Authorization", "AKIDEXAMPLE", "AKIDOTHER");
  ExpectRefused(request, "InvalidSignatureException", kMismatch);
  config_.credentials = {{"AKIDEXAMPLE", std::string(kSecret) + "x"}};
  ExpectRefused(PutRecord(), "InvalidSignatureException", kMismatch);
}

TEST_F(RequestAuthTest, RefusesEveryTamperingWithASignedPart) {
  const auto tamper = [&](auto change) {
    for (Request request : {PutRecord(), UnsignedLines(), HashedLines()}) {
      change(request);
      ExpectRefused(request, "InvalidSignatureException", kMismatch);
    }
  };
  tamper([](Request& r) { r.method = "PUT"; });
  tamper([](Request& r) { r.path += "x"; });
  tamper([](Request& r) { r.query += "&c=1"; });
  tamper([](Request& r) { r.headers[0].second = "example.com"; });
  tamper([](Request& r) { r.headers.emplace_back("Host", "evil"); });
  tamper([](Request& r) { r.headers.emplace_back("Content-Type", "x"); });
  tamper([](Request& r) {
    std::string& value =
        r.headers.back().first == "authorization" ? r["authorization"] : r["Authorization"];
    value.back() = value.back() == '0' ? '1' : '0';
  });
  tamper([](Request& r) {
    std::string& value =
        r.headers.back().first == "authorization" ? r["authorization"] : r["Authorization"];
    value.pop_back();
  });
  Request target = PutRecord();
  target["X-Amz-Target"] = "Firehose_20150804.DeleteDeliveryStream";
  ExpectRefused(target, "InvalidSignatureException", kMismatch);
}

TEST_F(RequestAuthTest, RefusesHeadersOfWeightThatAreNotSigned) {
  const std::pair<const char*, const char*> cases[] = {
      {"host;", "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."},
      {";x-amz-date", "'x-amz-date' must be a 'SignedHeader' in the AWS Authorization."},
      {";x-amz-target", "'x-amz-target' must be a 'SignedHeader' in the AWS Authorization."},
  };
  for (const auto& [name, message] : cases) {
    Request request = PutRecord();
    request.Replace("Authorization", name, "");
    ExpectRefused(request, "InvalidSignatureException", message);
  }
  // Adding a payload hash to a request that was signed without must not bypass its body's hash.
  Request added = PutRecord();
  added["x-amz-content-sha256"] = "UNSIGNED-PAYLOAD";
  ExpectRefused(added, "InvalidSignatureException",
                "'x-amz-content-sha256' must be a 'SignedHeader'");
}

TEST_F(RequestAuthTest, RefusesAnotherBody) {
  for (Request request : {PutRecord(), HashedLines()}) {
    request.body.back() = ' ';
    ExpectRefused(request, "InvalidSignatureException", kMismatch);
    request.body.clear();
    ExpectRefused(request, "InvalidSignatureException", kMismatch);
  }
}

TEST_F(RequestAuthTest, RefusesPayloadHashesOfAnotherForm) {
  for (const char* value :
       {"STREAMING-UNSIGNED-PAYLOAD-TRAILER", "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD", "abc",
        "unsigned-payload"}) {
    Request request = HashedLines();
    request["x-amz-content-sha256"] = value;
    ExpectRefused(request, "InvalidSignatureException", "x-amz-content-sha256 must be");
  }
}

TEST_F(RequestAuthTest, AcceptsWhatBotocoreSigned) {
  EXPECT_FALSE(Check(PutRecord()).has_value());
  EXPECT_FALSE(Check(HashedLines()).has_value());
  Request request = UnsignedLines();
  EXPECT_FALSE(Check(request).has_value());
  request.body = "anything";
  EXPECT_FALSE(Check(request).has_value());
}

TEST_F(RequestAuthTest, TellsWhatTheHeadProves) {
  const RequestAuthenticator authenticator(config_, clock_);
  EXPECT_TRUE(authenticator.enabled());
  const auto claim = [&](const Request& request) {
    return std::get<AuthClaim>(authenticator.CheckHead(request.Head()));
  };
  EXPECT_EQ(claim(PutRecord()).access_key_id(), "AKIDEXAMPLE");
  EXPECT_FALSE(claim(PutRecord()).head_is_proven());
  EXPECT_TRUE(claim(PutRecord()).needs_body_hash());
  EXPECT_TRUE(claim(HashedLines()).head_is_proven());
  EXPECT_TRUE(claim(HashedLines()).needs_body_hash());
  EXPECT_TRUE(claim(UnsignedLines()).head_is_proven());
  EXPECT_FALSE(claim(UnsignedLines()).needs_body_hash());
}

TEST_F(RequestAuthTest, ModesDecideWhetherAnythingIsChecked) {
  Request unsigned_request = PutRecord();
  unsigned_request.Remove("Authorization");
  config_.auth = AuthMode::kNone;
  EXPECT_FALSE(Check(unsigned_request).has_value());
  Request bad = PutRecord();
  bad["Authorization"] = "nonsense";
  EXPECT_FALSE(Check(bad).has_value());

  config_.credentials.clear();
  config_.auth = AuthMode::kAuto;
  EXPECT_FALSE(Check(unsigned_request).has_value());
  config_.auth = AuthMode::kSigV4;
  ExpectRefused(unsigned_request, "MissingAuthenticationTokenException", "");
  ExpectRefused(PutRecord(), "UnrecognizedClientException", "");
}

using Names = std::vector<std::string>;
const Names kLinesHeaders = {"content-type", "host", "x-amz-content-sha256", "x-amz-date"};

// UnsignedLines as signed on another day, or over other headers.
Request SignedOn(absl::Time time, const Names& names = kLinesHeaders) {
  Request request = UnsignedLines();
  request["x-amz-date"] = FormatAmzDate(time);
  const SigV4Scope scope{FormatAmzDate(time).substr(0, 8), "us-east-1", "firehose"};
  SigV4Input input{.method = request.method, .path = request.path, .query = request.query};
  for (const std::string& name : names) {
    input.headers.emplace_back(name, request[absl::AsciiStrToLower(name)]);
  }
  input.payload_hash = request["x-amz-content-sha256"];
  request["authorization"] =
      "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/" + scope.Text() +
      ", SignedHeaders=" + SignedHeaderNames(input) + ", Signature=" +
      ComputeSignature(DeriveSigningKey(kSecret, scope), request["x-amz-date"], scope,
                       CanonicalRequest(input));
  return request;
}

TEST_F(RequestAuthTest, RefusesNamesOfHeadersThatAreNotSortedOrComeTwice) {
  EXPECT_FALSE(Check(SignedOn(clock_.now)).has_value());
  for (const Names& names :
       {Names{"content-type", "host", "host", "x-amz-content-sha256", "x-amz-date"},
        Names{"content-type", "host", "x-amz-date", "x-amz-content-sha256"},
        Names{"Content-Type", "host", "x-amz-content-sha256", "x-amz-date"}}) {
    ExpectRefused(SignedOn(clock_.now, names), "InvalidSignatureException", kMismatch);
  }
}

TEST_F(RequestAuthTest, KeepsItsSigningKeysRightOverMidnight) {
  // One authenticator, which keeps the later day's, and two days, back and forth.
  const RequestAuthenticator authenticator(config_, clock_);
  const absl::Time today = clock_.now;
  for (int i = 0; i < 6; ++i) {
    clock_.now = today + (i % 2) * absl::Hours(24);
    const auto checked = authenticator.CheckHead(SignedOn(clock_.now).Head());
    EXPECT_TRUE(std::holds_alternative<AuthClaim>(checked)) << i;
  }
}

}  // namespace
}  // namespace hydrant::aws
