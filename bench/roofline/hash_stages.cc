// What the S3 sink hashes before it sends an object: CRC-32C always, SHA-256 where TLS does not
// protect the body.
#include "bench/roofline/hot_buffer.h"
#include "bench/roofline/slow_crc32c.h"
#include "bench/roofline/stage.h"

#include <absl/cleanup/cleanup.h>
#include <isa-l/crc.h>
#include <openssl/evp.h>
#include <openssl/sha.h>

#include <array>

namespace hydrant::roofline {
namespace {

Status RunCrc32c(std::string_view name, const std::vector<std::string_view>& objects,
                 const std::vector<uint32_t>& expected, CpuStopwatch& watch) {
  HotBuffer hot(kObjectBytesMax);
  for (size_t i = 0; i < objects.size(); ++i) {
    auto* bytes = reinterpret_cast<unsigned char*>(const_cast<char*>(hot.Fill(objects[i]).data()));
    watch.Start();
    const uint32_t crc = ~crc32_iscsi(bytes, static_cast<int>(objects[i].size()), ~0U);
    watch.Stop();
    if (crc != expected[i]) return WrongAnswer(name);
  }
  return absl::OkStatus();
}

Status RunSha256(std::string_view name, const std::vector<std::string_view>& objects,
                 CpuStopwatch& watch) {
  EVP_MD_CTX* const context = EVP_MD_CTX_new();
  const absl::Cleanup free = [&] { EVP_MD_CTX_free(context); };
  HotBuffer hot(kObjectBytesMax);
  for (const std::string_view each : objects) {
    const std::string_view object = hot.Fill(each);
    std::array<unsigned char, SHA256_DIGEST_LENGTH> hash{};
    unsigned int size = 0;
    watch.Start();
    EVP_DigestInit_ex(context, EVP_sha256(), nullptr);
    EVP_DigestUpdate(context, object.data(), object.size());
    EVP_DigestFinal_ex(context, hash.data(), &size);
    watch.Stop();
    std::array<unsigned char, SHA256_DIGEST_LENGTH> expected;
    SHA256(reinterpret_cast<const unsigned char*>(object.data()), object.size(), expected.data());
    if (hash != expected) return WrongAnswer(name);
  }
  return absl::OkStatus();
}

// The stages of `objects`, with `kind` at the end of their names.
void AddStages(const Work& work, const std::string& kind,
               const std::vector<std::string_view>& objects, std::vector<Stage>& stages) {
  std::vector<uint32_t> expected;
  for (const std::string_view object : objects) expected.push_back(SlowCrc32c(object));
  const std::string crc_name = "crc32c-" + kind;
  stages.push_back(
      {crc_name, "of an object before it is sent, by ISA-L", work.payload.size(),
       [=](CpuStopwatch& watch) { return RunCrc32c(crc_name, objects, expected, watch); }});
  const std::string sha_name = "sha256-" + kind;
  stages.push_back({sha_name, "of an object before it is sent, by OpenSSL", work.payload.size(),
                    [=](CpuStopwatch& watch) { return RunSha256(sha_name, objects, watch); }});
}

}  // namespace

std::vector<Stage> HashStages(const Work& work) {
  std::vector<Stage> stages;
  AddStages(work, "gzip", {work.gzip_objects.begin(), work.gzip_objects.end()}, stages);
  AddStages(work, "plain", work.chunks, stages);
  return stages;
}

}  // namespace hydrant::roofline
