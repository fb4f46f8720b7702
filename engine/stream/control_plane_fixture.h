// What the tests of the control plane share: a host that notes what it is asked, a clock, requests.
// Owner:   one test
#pragma once

#include "engine/stream/control_plane.h"
#include "engine/stream/json_text.h"
#include "engine/testing/coroutine.h"
#include "engine/testing/status_matchers.h"
#include "engine/testing/temp_dir.h"

#include <atomic>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace hydrant {

using Json = nlohmann::json;
using ::hydrant::testing::RunCoroutine;
using ::hydrant::testing::TempDir;

// Notes what it is asked; fails when told to.
class FakeHost : public StreamHost {
 public:
  void RefuseStream(const std::string& name, std::string_view type,
                    std::string_view /*why*/) override {
    refused.insert(type == kDirectPut ? name : name + " " + std::string(type));
  }
  std::set<std::string> refused;
  Status StartStream(StreamDefinitionPtr definition) override {
    const int inside = ++inside_;
    EXPECT_EQ(inside, 1) << "calls must not interleave";
    if (on_start) on_start();
    calls.push_back("start " + definition->name + " " + std::to_string(definition->version));
    incarnations.insert(definition->incarnation);
    --inside_;
    return start_status;
  }
  Status ChangeStream(StreamDefinitionPtr definition) override {
    calls.push_back("change " + definition->name + " " + std::to_string(definition->version));
    incarnations.insert(definition->incarnation);
    return change_status;
  }
  void DeleteStream(StreamDefinitionPtr definition, std::function<void(Status)> done) override {
    calls.push_back("delete " + definition->name);
    deletions.push_back(std::move(done));
  }
  void FinishDeletions(const Status& status = absl::OkStatus()) {
    for (const auto& done : std::exchange(deletions, {})) done(status);
  }

  std::function<void()> on_start;
  std::vector<std::string> calls;
  std::set<std::string> incarnations;
  Status start_status;
  Status change_status;
  std::vector<std::function<void(Status)>> deletions;  // under way

 private:
  std::atomic<int> inside_ = 0;
};

class SetClock : public Clock {
 public:
  absl::Time Now() const override { return now; }
  absl::Time now = absl::FromUnixSeconds(1'700'000'000);
};

inline std::string CreateRequest(const std::string& name, const std::string& prefix = "p/") {
  return Json{{"DeliveryStreamName", name},
              {"ExtendedS3DestinationConfiguration",
               {{"RoleARN", "arn:aws:iam::000000000000:role/firehose"},
                {"BucketARN", "arn:aws:s3:::logs"},
                {"Prefix", prefix}}}}
      .dump();
}

inline std::string UpdateRequest(const std::string& name, const std::string& version,
                                 const char* update = "{}") {
  return Json{{"DeliveryStreamName", name},
              {"CurrentDeliveryStreamVersionId", version},
              {"DestinationId", "destinationId-000000000001"},
              {"ExtendedS3DestinationUpdate", Json::parse(update)}}
      .dump();
}

inline std::string NameOnly(const std::string& name) {
  return Json{{"DeliveryStreamName", name}}.dump();
}

class ControlPlaneFixture : public ::testing::Test {
 protected:
  ControlPlaneFixture() { Restart(); }

  void Restart() {
    control_.reset();
    CatalogOptions options;
    options.directory = dir_.File("catalog");
    options.streams_max = config_.streams_max;
    options.parse = MakeParseOptions(config_, support_);
    options.clock = &clock_;
    auto catalog = StreamCatalog::Open(options);
    EXPECT_OK(catalog);
    catalog_ = *std::move(catalog);
    ControlPlaneOptions control;
    control.config = &config_;
    control.catalog = catalog_.get();
    control.host = &host_;
    control.clock = &clock_;
    control.entropy = &Entropy::System();
    control.support = support_;
    control.after = [this](absl::Duration delay, std::function<void()> work) {
      delays_.push_back(delay);
      later_.push_back(std::move(work));
    };
    control_ = MakeControlPlane(control);
  }

  static ChangeAuthor Author(const std::string& operation) {
    return {operation, "AKIDEXAMPLE", "192.0.2.1:5000"};
  }

  // "TYPE: message", or the reply.
  std::string Call(const std::string& operation, const std::string& body) {
    const ApiReply reply = RunCoroutine(context_, control_->Call(Author(operation), body));
    if (const auto* error = std::get_if<ApiError>(&reply)) {
      return error->type + ": " + error->message;
    }
    CheckShape(operation, std::get<std::string>(reply));
    return std::get<std::string>(reply);
  }

  static void CheckShape(const std::string& operation, const std::string& reply) {
    const auto value = ParseJsonText(reply);
    ASSERT_TRUE(value.has_value()) << reply;
    const ModelShape& shape = ModelShapeAt(FindModelOperation(operation)->output);
    const auto error = ToApiError(CheckModel(shape, *value, Validation::kRelaxed));
    EXPECT_FALSE(error.has_value()) << error->message;
    EXPECT_TRUE(UnknownMembers(shape, *value).empty()) << reply;
  }

  // What was to run later, runs.
  void PassTime() {
    for (const auto& work : std::exchange(later_, {})) work();
    Settle();
  }
  void FinishDeletions(const Status& status = absl::OkStatus()) {
    host_.FinishDeletions(status);
    Settle();
  }
  // Waits for what is posted to the control thread: who only looks does not. What it asks for is refused.
  void Settle() { control_->ApplyConfiguredStream("").IgnoreError(); }

  Json Describe(const std::string& name) {
    return Json::parse(Call("DescribeDeliveryStream", NameOnly(name)))["DeliveryStreamDescription"];
  }

  TempDir dir_;
  StreamSupport support_;
  std::vector<absl::Duration> delays_;
  std::vector<std::function<void()>> later_;
  NodeConfig config_;
  SetClock clock_;
  FakeHost host_;
  boost::asio::io_context context_;
  std::unique_ptr<StreamCatalog> catalog_;
  std::unique_ptr<StreamControlPlane> control_;
};

}  // namespace hydrant
