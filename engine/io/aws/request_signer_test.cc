#include "engine/io/aws/request_signer.h"

#include "engine/io/aws/sigv4.h"
#include "engine/testing/status_matchers.h"

namespace hydrant::aws {
namespace {

using ::hydrant::testing::StatusIs;
using ::testing::HasSubstr;

std::string HeaderOf(const HttpClientRequest& request, std::string_view name) {
  for (const auto& [header, value] : request.headers) {
    if (header == name) return value;
  }
  return "(none)";
}

const Credentials kExample{"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", ""};

TEST(RequestSigner, RefusesWhatHasNoHost) {
  RequestSigner signer("s3", "us-east-1");
  for (const char* url :
       {"", "ftp://host/", "https://", "https:///path", "http://u:p@host/", "http://host/#f"}) {
    HttpClientRequest request;
    request.url = url;
    EXPECT_THAT(signer.Sign(request, kUnsignedPayload, kExample, absl::UnixEpoch()),
                StatusIs(absl::StatusCode::kInvalidArgument))
        << url;
  }
}

// The PUT and GET examples of the S3 reference, through the whole signer.
TEST(RequestSigner, S3ReferenceExamples) {
  RequestSigner signer("s3", "us-east-1");
  const absl::Time now = absl::FromUnixSeconds(1369353600);
  HttpClientRequest put;
  put.method = "PUT";
  put.url = "https://examplebucket.s3.amazonaws.com:443/test%24file.text";
  put.headers = {{"X-Amz-Storage-Class", "REDUCED_REDUNDANCY"},
                 {"Date", "Fri, 24 May 2013 00:00:00 GMT"}};
  ASSERT_OK(signer.Sign(put, Sha256Hex("Welcome to Amazon S3."), kExample, now));
  EXPECT_EQ(HeaderOf(put, "Authorization"),
            "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, "
            "SignedHeaders=date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class, "
            "Signature=98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");

  HttpClientRequest get;
  get.url = "https://examplebucket.s3.amazonaws.com/?lifecycle";
  ASSERT_OK(signer.Sign(get, Sha256Hex(""), kExample, now));
  EXPECT_THAT(HeaderOf(get, "Authorization"),
              HasSubstr("fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"));
}

TEST(RequestSigner, OtherServicesCarryNoContentHash) {
  RequestSigner signer("service", "us-east-1");
  HttpClientRequest request;
  request.url = "https://example.amazonaws.com/";
  const Credentials suite{"AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", ""};
  ASSERT_OK(signer.Sign(request, Sha256Hex(""), suite, absl::FromUnixSeconds(1440938160)));
  EXPECT_EQ(HeaderOf(request, "x-amz-content-sha256"), "(none)");
  EXPECT_THAT(HeaderOf(request, "Authorization"),
              HasSubstr("5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"));
}

TEST(RequestSigner, SessionTokenIsSentAndSigned) {
  RequestSigner signer("s3", "us-east-1");
  HttpClientRequest request;
  request.url = "http://127.0.0.1:9000/b/k";
  Credentials credentials = kExample;
  credentials.session_token = "token";
  ASSERT_OK(signer.Sign(request, kUnsignedPayload, credentials, absl::UnixEpoch()));
  EXPECT_EQ(HeaderOf(request, "x-amz-security-token"), "token");
  EXPECT_THAT(HeaderOf(request, "Authorization"), HasSubstr(";x-amz-security-token, "));
}

TEST(RequestSigner, KeyFollowsTheDayAndTheSecret) {
  RequestSigner signer("s3", "us-east-1");
  const auto sign = [](RequestSigner& with, const Credentials& credentials, absl::Time now) {
    HttpClientRequest request;
    request.url = "http://host/";
    EXPECT_OK(with.Sign(request, kUnsignedPayload, credentials, now));
    return HeaderOf(request, "Authorization");
  };
  Credentials rotated = kExample;
  rotated.secret_access_key = "another";
  for (const Credentials& credentials : {kExample, rotated, kExample}) {
    for (absl::Time now : {absl::UnixEpoch(), absl::UnixEpoch() + absl::Hours(24)}) {
      RequestSigner fresh("s3", "us-east-1");
      EXPECT_EQ(sign(signer, credentials, now), sign(fresh, credentials, now));
    }
  }
}

}  // namespace
}  // namespace hydrant::aws
