// The expected values are AWS's own: the SigV4 test suite and the examples of the S3 API reference
// ("Authenticating Requests: Using the Authorization Header").
#include "engine/io/aws/sigv4.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hydrant::aws {
namespace {

constexpr std::string_view kEmptyHash =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

// A case of the suite: key AKIDEXAMPLE, 2015-08-30T12:36:00Z, us-east-1, "service".
std::string SuiteSignature(SigV4Input input) {
  const SigV4Scope scope{"20150830", "us-east-1", "service"};
  if (input.payload_hash.empty()) input.payload_hash = kEmptyHash;
  const std::string key = DeriveSigningKey("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", scope);
  return ComputeSignature(key, "20150830T123600Z", scope, CanonicalRequest(input));
}

SigV4Input SuiteInput(std::string_view method, std::string_view path, std::string_view query = "") {
  SigV4Input input;
  input.method = method;
  input.path = path;
  input.query = query;
  input.headers = {{"host", "example.amazonaws.com"}, {"x-amz-date", "20150830T123600Z"}};
  return input;
}

constexpr std::string_view kVanilla =
    "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31";

TEST(SigV4, SuiteVanilla) {
  EXPECT_EQ(SuiteSignature(SuiteInput("GET", "/")), kVanilla);
  EXPECT_EQ(SuiteSignature(SuiteInput("GET", "")), kVanilla);
  EXPECT_EQ(SuiteSignature(SuiteInput("POST", "/")),
            "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b");
}

TEST(SigV4, SuitePathsAreNormalized) {
  EXPECT_EQ(SuiteSignature(SuiteInput("GET", "/example/..")), kVanilla);
  EXPECT_EQ(SuiteSignature(SuiteInput("GET", "/./")), kVanilla);
  EXPECT_EQ(SuiteSignature(SuiteInput("GET", "//")), kVanilla);
  EXPECT_EQ(SuiteSignature(SuiteInput("GET", "/../../..")), kVanilla);
}

TEST(SigV4, SuitePathWithEscapesIsEncodedAgain) {
  SigV4Input input = SuiteInput("GET", "/%E1%88%B4");
  EXPECT_THAT(CanonicalRequest(input), ::testing::StartsWith("GET\n/%25E1%2588%25B4\n\n"));
  input.encode_path_again = false;
  EXPECT_EQ(SuiteSignature(input),
            "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85");
}

TEST(SigV4, SuiteUnreservedPath) {
  EXPECT_EQ(SuiteSignature(SuiteInput(
                "GET", "/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")),
            "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f");
}

TEST(SigV4, SuiteQueryIsSorted) {
  EXPECT_EQ(SuiteSignature(SuiteInput("GET", "/", "Param2=value2&Param1=value1")),
            "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500");
}

TEST(SigV4, QueryIsBroughtToOneForm) {
  const SigV4Input input = SuiteInput("GET", "/", "uploads&b=%7e%2f&&a=x+y&a=1");
  EXPECT_THAT(CanonicalRequest(input), ::testing::HasSubstr("\na=1&a=x%2By&b=~%2F&uploads=\n"));
}

TEST(SigV4, BrokenEscapesInAQueryStay) {
  const SigV4Input input = SuiteInput("GET", "/", "a=%zz&b=%4");
  EXPECT_THAT(CanonicalRequest(input), ::testing::HasSubstr("\na=%25zz&b=%254\n"));
}

TEST(SigV4, SuiteHeadersAreTrimmedAndJoined) {
  SigV4Input trimmed = SuiteInput("GET", "/");
  trimmed.headers = {{"host", "example.amazonaws.com"},
                     {"my-header1", " value1"},
                     {"my-header2", " \"a   b   c\""},
                     {"x-amz-date", "20150830T123600Z"}};
  EXPECT_EQ(SuiteSignature(trimmed),
            "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736");

  SigV4Input repeated = SuiteInput("GET", "/");
  repeated.headers = {{"host", "example.amazonaws.com"},
                      {"my-header1", "value2"},
                      {"my-header1", "value2"},
                      {"my-header1", "value1"},
                      {"x-amz-date", "20150830T123600Z"}};
  EXPECT_EQ(SignedHeaderNames(repeated), "host;my-header1;x-amz-date");
  EXPECT_EQ(SuiteSignature(repeated),
            "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea");
}

TEST(SigV4, SuiteFormBody) {
  const std::string hash = Sha256Hex("Param1=value1");
  SigV4Input input = SuiteInput("POST", "/");
  input.headers.insert(input.headers.begin(),
                       {"content-type", "application/x-www-form-urlencoded"});
  input.payload_hash = hash;
  EXPECT_EQ(SuiteSignature(input),
            "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a");
}

// An example of the S3 reference: key AKIAIOSFODNN7EXAMPLE, 2013-05-24T00:00:00Z, us-east-1.
std::string S3Signature(SigV4Input input) {
  const SigV4Scope scope{"20130524", "us-east-1", "s3"};
  input.encode_path_again = false;
  const std::string key = DeriveSigningKey("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", scope);
  return ComputeSignature(key, "20130524T000000Z", scope, CanonicalRequest(input));
}

TEST(SigV4, S3Get) {
  SigV4Input input{"GET", "/test.txt", "", {}, kEmptyHash};
  input.headers = {{"host", "examplebucket.s3.amazonaws.com"},
                   {"range", "bytes=0-9"},
                   {"x-amz-content-sha256", std::string(kEmptyHash)},
                   {"x-amz-date", "20130524T000000Z"}};
  EXPECT_EQ(S3Signature(input), "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
}

TEST(SigV4, S3Put) {
  const std::string hash = Sha256Hex("Welcome to Amazon S3.");
  EXPECT_EQ(hash, "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072");
  const std::string path = UriEncode("/test$file.text", true);
  SigV4Input input{"PUT", path, "", {}, hash};
  input.headers = {{"date", "Fri, 24 May 2013 00:00:00 GMT"},
                   {"host", "examplebucket.s3.amazonaws.com"},
                   {"x-amz-content-sha256", hash},
                   {"x-amz-date", "20130524T000000Z"},
                   {"x-amz-storage-class", "REDUCED_REDUNDANCY"}};
  EXPECT_EQ(S3Signature(input), "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
}

TEST(SigV4, S3QueryParameterWithoutValue) {
  SigV4Input input{"GET", "/", "lifecycle", {}, kEmptyHash};
  input.headers = {{"host", "examplebucket.s3.amazonaws.com"},
                   {"x-amz-content-sha256", std::string(kEmptyHash)},
                   {"x-amz-date", "20130524T000000Z"}};
  EXPECT_EQ(S3Signature(input), "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
  input.query = "max-keys=2&prefix=J";
  EXPECT_EQ(S3Signature(input), "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
}

TEST(SigV4, SigningKeyOfTheGeneralReference) {
  const SigV4Scope scope{"20150830", "us-east-1", "iam"};
  EXPECT_EQ(scope.Text(), "20150830/us-east-1/iam/aws4_request");
  EXPECT_EQ(HexLower(DeriveSigningKey("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", scope)),
            "c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9");
}

TEST(SigV4, UriEncodeKeepsOnlyUnreserved) {
  EXPECT_EQ(UriEncode("a b+c=d!*'()~é/", false), "a%20b%2Bc%3Dd%21%2A%27%28%29~%C3%A9%2F");
  EXPECT_EQ(UriEncode("a/b", true), "a/b");
}

TEST(SigV4, AmzDateIsUtc) {
  EXPECT_EQ(FormatAmzDate(absl::FromUnixSeconds(1440938160)), "20150830T123600Z");
}

}  // namespace
}  // namespace hydrant::aws
