// What DescribeDeliveryStream and ListDeliveryStreams cost at a node with 500 streams, without HTTP and signature.
#include "engine/stream/stream_operations.h"
#include "engine/testing/faulty_file_system.h"
#include "engine/testing/temp_dir.h"

#include <absl/strings/str_cat.h>
#include <benchmark/benchmark.h>

#include <memory>

namespace hydrant {
namespace {

constexpr int kStreams = 500;

class NoHost final : public StreamHost {
 public:
  Status StartStream(StreamDefinitionPtr /*definition*/) override { return absl::OkStatus(); }
  Status ChangeStream(StreamDefinitionPtr /*definition*/) override { return absl::OkStatus(); }
  void RefuseStream(const std::string& /*name*/, std::string_view /*type*/,
                    std::string_view /*why*/) override {}
  void DeleteStream(StreamDefinitionPtr /*definition*/,
                    std::function<void(Status)> /*done*/) override {}
};

std::string CreateRequest(int number) {
  return absl::StrCat(R"({"DeliveryStreamName":"stream-)", number,
                      R"(","ExtendedS3DestinationConfiguration":{)"
                      R"("RoleARN":"arn:aws:iam::000000000000:role/firehose",)"
                      R"("BucketARN":"arn:aws:s3:::logs","Prefix":"p/!{timestamp:yyyy/MM/dd}/",)"
                      R"("ErrorOutputPrefix":"e/!{firehose:error-output-type}/",)"
                      R"("CompressionFormat":"GZIP","S3BackupMode":"Enabled",)"
                      R"("S3BackupConfiguration":{"RoleARN":)"
                      R"("arn:aws:iam::000000000000:role/firehose",)"
                      R"("BucketARN":"arn:aws:s3:::backup"}}})");
}

// A node's control plane without its threads.
struct Node {
  Node() {
    catalog_options.directory = directory.File("catalog");
    catalog_options.files = &files;
    catalog_options.parse = MakeParseOptions(config, {});
    catalog = *StreamCatalog::Open(catalog_options);
    ControlPlaneOptions options;
    options.config = &config;
    options.catalog = catalog.get();
    options.host = &host;
    options.clock = &Clock::System();
    options.entropy = &Entropy::System();
    options.after = [](absl::Duration /*delay*/, std::function<void()> /*work*/) {};
    operations = std::make_unique<StreamOperations>(options, [](std::function<void()> /*work*/) {});
    for (int i = 0; i < kStreams; ++i) operations->Call({"CreateDeliveryStream"}, CreateRequest(i));
  }

  testing::TempDir directory;
  testing::FaultyFileSystem files{FileSystem::Posix()};  // it does not wait for the disk
  NodeConfig config;
  NoHost host;
  CatalogOptions catalog_options;
  std::unique_ptr<StreamCatalog> catalog;
  std::unique_ptr<StreamOperations> operations;
};

// One for all, and kept.
const Node& TheNode() {
  static const Node node;
  return node;
}

void BM_Describe(benchmark::State& state) {
  const Node& node = TheNode();
  int next = 0;
  for (auto unused : state) {
    const std::string request =
        absl::StrCat(R"({"DeliveryStreamName":"stream-)", next++ % kStreams, R"("})");
    ApiReply reply = node.operations->Call({"DescribeDeliveryStream"}, request);
    if (!std::holds_alternative<std::string>(reply)) state.SkipWithError("refused");
    benchmark::DoNotOptimize(reply);
  }
}
BENCHMARK(BM_Describe)->Unit(benchmark::kMicrosecond);

void BM_ListAll(benchmark::State& state) {
  const Node& node = TheNode();
  for (auto unused : state) {
    ApiReply reply = node.operations->Call({"ListDeliveryStreams"}, R"({"Limit":500})");
    const auto* list = std::get_if<std::string>(&reply);
    if (!list || list->find("stream-499") == list->npos) state.SkipWithError("not all of them");
    benchmark::DoNotOptimize(reply);
  }
}
BENCHMARK(BM_ListAll)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace hydrant
