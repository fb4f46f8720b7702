#include "engine/stream/catalog.h"

#include "engine/base/clock.h"
#include "engine/testing/faulty_file_system.h"
#include "engine/testing/status_matchers.h"
#include "engine/testing/temp_dir.h"

#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>
#include <sys/stat.h>
#include <thread>

namespace hydrant {
namespace {

using ::hydrant::testing::Fault;
using ::hydrant::testing::FaultyFileSystem;
using ::hydrant::testing::StatusIs;
using ::hydrant::testing::TempDir;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

namespace fs = std::filesystem;

std::string ReadFile(const std::string& path) {
  std::stringstream bytes;
  bytes << std::ifstream(path).rdbuf();
  return bytes.str();
}

void WriteFile(const std::string& path, std::string_view bytes) {
  std::ofstream(path, std::ios::trunc) << bytes;
}

StreamDefinition Definition(const std::string& name, const std::string& prefix = "p/") {
  const nlohmann::json request = {{"DeliveryStreamName", name},
                                  {"ExtendedS3DestinationConfiguration",
                                   {{"RoleARN", "arn:aws:iam::000000000000:role/firehose"},
                                    {"BucketARN", "arn:aws:s3:::logs"},
                                    {"Prefix", prefix}}}};
  ParseOptions options;
  options.now = absl::FromUnixMillis(1'700'000'000'123);
  auto parsed = ParseStreamDefinition(request, options);
  StreamDefinition definition = std::get<StreamDefinition>(std::move(parsed));
  definition.incarnation = MakeUuid(Entropy::System());
  return definition;
}

class StreamCatalogTest : public ::testing::Test {
 protected:
  StatusOr<std::unique_ptr<StreamCatalog>> Open(int streams_max = 5000) {
    CatalogOptions options;
    options.directory = directory();
    options.streams_max = streams_max;
    options.files = &files_;
    return StreamCatalog::Open(options);
  }
  std::unique_ptr<StreamCatalog> MustOpen() {
    auto catalog = Open();
    EXPECT_OK(catalog);
    return *std::move(catalog);
  }
  std::string directory() const { return dir_.File("catalog"); }
  std::string PathOf(const std::string& name) const { return directory() + "/" + name + ".json"; }

  TempDir dir_;
  FaultyFileSystem files_{FileSystem::Posix()};
};

TEST_F(StreamCatalogTest, RefusesANameThatIsTaken) {
  auto catalog = MustOpen();
  EXPECT_FALSE(catalog->Create(Definition("a")).has_value());
  const auto error = catalog->Create(Definition("a"));
  ASSERT_TRUE(error.has_value());
  EXPECT_EQ(error->type, "ResourceInUseException");
  EXPECT_EQ(error->message, "Firehose a under accountId 000000000000 already exists");
}

TEST_F(StreamCatalogTest, RefusesStreamsPastTheLimit) {
  auto catalog = Open(/*streams_max=*/2);
  ASSERT_OK(catalog);
  EXPECT_FALSE((*catalog)->Create(Definition("a")).has_value());
  EXPECT_FALSE((*catalog)->Create(Definition("b")).has_value());
  const auto error = (*catalog)->Create(Definition("c"));
  ASSERT_TRUE(error.has_value());
  EXPECT_EQ(error->type, "LimitExceededException");
  EXPECT_OK((*catalog)->Remove("a"));
  EXPECT_FALSE((*catalog)->Create(Definition("c")).has_value());
}

TEST_F(StreamCatalogTest, ChangesNothingThatTheDiskRefuses) {
  auto catalog = MustOpen();
  fs::remove_all(directory());
  const auto error = catalog->Create(Definition("a"));
  ASSERT_TRUE(error.has_value());
  EXPECT_EQ(error->type, "InternalFailure");
  EXPECT_THAT(error->message, Not(HasSubstr(directory())));  // paths are not for clients
  EXPECT_EQ(catalog->Find("a"), nullptr);
}

TEST_F(StreamCatalogTest, ARefusedChangeDoesNotComeTrueAtTheNextStart) {
  auto catalog = MustOpen();
  EXPECT_FALSE(catalog->Create(Definition("a", "old/")).has_value());
  files_.FailKind("syncdir", Fault::kIoError);  // when the file is in its place
  EXPECT_FALSE(catalog->MarkDeleting("a").ok());
  EXPECT_FALSE(catalog->Replace(Definition("a", "new/")).ok());
  EXPECT_TRUE(catalog->Create(Definition("b")).has_value());
  files_.StopFailing();
  const auto reopened = MustOpen();
  for (const auto* now : {catalog.get(), reopened.get()}) {
    EXPECT_EQ(now->Find("a")->status, StreamStatus::kActive);
    EXPECT_THAT(now->Find("a")->request_json, HasSubstr("old/"));
    EXPECT_EQ(now->Find("b"), nullptr);
  }
}

TEST_F(StreamCatalogTest, TakesBackWhatCannotBeApplied) {
  auto catalog = MustOpen();
  EXPECT_FALSE(catalog->Create(Definition("a", "old/")).has_value());
  const auto apply = [&](const StreamDefinitionPtr& next) {
    EXPECT_THAT(next->request_json, HasSubstr("new/"));
    EXPECT_THAT(catalog->Find("a")->request_json, HasSubstr("old/"));  // seen when it is applied
    EXPECT_THAT(MustOpen()->Find("a")->request_json, HasSubstr("new/"));
    return Unavailable("no sink");
  };
  EXPECT_THAT(catalog->Replace(Definition("a", "new/"), {"Op", "who", "from"}, apply),
              StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_THAT(MustOpen()->Find("a")->request_json, HasSubstr("old/"));
  EXPECT_THAT(*MustOpen()->History("a"), IsEmpty());
}

TEST_F(StreamCatalogTest, ShowsAStateThatTheDiskRefuses) {
  auto catalog = MustOpen();
  EXPECT_FALSE(catalog->Create(Definition("a")).has_value());
  files_.SetSpace(0);
  EXPECT_FALSE(catalog->SetStatus("a", StreamStatus::kCreatingFailed, "disk").ok());
  EXPECT_EQ(catalog->Find("a")->status, StreamStatus::kCreatingFailed);
  EXPECT_EQ(MustOpen()->Find("a")->status, StreamStatus::kActive);
}

TEST_F(StreamCatalogTest, WritesNothingThatItCannotReadBack) {
  const auto with_bytes = [](StreamDefinition definition, size_t bytes) {
    definition.tags["k"] = std::string(bytes, 'x');
    return definition;
  };
  auto catalog = MustOpen();
  EXPECT_EQ(catalog->Create(with_bytes(Definition("b"), 3 << 20))->type,
            "InvalidArgumentException");
  EXPECT_FALSE(catalog->Create(Definition("a"), {"Create", "who", "from"}).has_value());
  EXPECT_THAT(catalog->Replace(with_bytes(Definition("a"), 3 << 20)),
              StatusIs(absl::StatusCode::kInvalidArgument));
  // What was changed is forgotten before what is.
  const size_t rest = (2 << 20) - ReadFile(PathOf("a")).size();
  ASSERT_OK(catalog->Replace(with_bytes(Definition("a"), rest - 50), {"Tag", "who", "from"}));
  const auto reopened = MustOpen();
  EXPECT_EQ(reopened->Find("a")->tags.size(), 1u);
  ASSERT_EQ(reopened->History("a")->size(), 1u);
  EXPECT_EQ(reopened->History("a")->front().author.operation, "Tag");
}

TEST_F(StreamCatalogTest, KnowsNoStreamThatIsNotThere) {
  auto catalog = MustOpen();
  EXPECT_EQ(catalog->Find("a"), nullptr);
  EXPECT_THAT(catalog->MarkDeleting("a"), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(catalog->Replace(Definition("a")), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_OK(catalog->Remove("a"));
}

TEST_F(StreamCatalogTest, KeepsEverythingOverARestart) {
  StreamDefinition definition = Definition("a.b_c-D");
  definition.version = 7;
  definition.updated = absl::FromUnixMillis(1'800'000'000'999);
  {
    auto catalog = MustOpen();
    ASSERT_FALSE(catalog->Create(definition).has_value());
    ASSERT_OK(catalog->SetStatus("a.b_c-D", StreamStatus::kDeletingFailed, "disk"));
  }
  const StreamDefinitionPtr found = MustOpen()->Find("a.b_c-D");
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->incarnation, definition.incarnation);
  EXPECT_EQ(found->version, 7u);
  EXPECT_EQ(found->status, StreamStatus::kDeletingFailed);
  EXPECT_EQ(found->failure, "disk");
  EXPECT_EQ(found->created, definition.created);
  EXPECT_EQ(found->updated, definition.updated);
  EXPECT_EQ(found->request_json, definition.request_json);
  EXPECT_EQ(found->s3->object.prefix, "p/");
}

// Whatever call was the last of a process that died.
TEST_F(StreamCatalogTest, AStreamThatWasServedSurvivesPowerLoss) {
  std::mt19937_64 random(7);
  for (uint64_t call = 1;; ++call) {
    auto dying = MustOpen();
    files_.FailCall(call, Fault::kIoError, /*repeat=*/true);
    static_cast<void>(dying->Create(Definition("a")));
    const bool died = files_.failed();
    files_.StopFailing();
    const bool served = MustOpen()->Find("a") != nullptr;
    files_.LosePower(random);
    auto catalog = MustOpen();
    EXPECT_EQ(catalog->Find("a") != nullptr, served) << "died in call " << call;
    if (!died) break;
    ASSERT_OK(catalog->Remove("a"));
  }
}

TEST_F(StreamCatalogTest, KeepsNamesThatLookLikePaths) {
  for (const char* name : {".", "..", "a.json", "a.json.tmp", "a"}) {
    ASSERT_FALSE(MustOpen()->Create(Definition(name)).has_value()) << name;
  }
  EXPECT_THAT(MustOpen()->List("", 10, "").names,
              ElementsAre(".", "..", "a", "a.json", "a.json.tmp"));
}

TEST_F(StreamCatalogTest, ForgetsARemovedStreamForGood) {
  {
    auto catalog = MustOpen();
    ASSERT_FALSE(catalog->Create(Definition("a")).has_value());
    ASSERT_OK(catalog->MarkDeleting("a"));
    ASSERT_OK(catalog->Remove("a"));
    EXPECT_EQ(catalog->Find("a"), nullptr);
  }
  EXPECT_TRUE(MustOpen()->All().empty());
}

// Whatever a crash leaves of a file: cut anywhere, or with a bit flipped.
TEST_F(StreamCatalogTest, SetsADamagedFileAsideAndServesTheOthers) {
  {
    auto catalog = MustOpen();
    ASSERT_FALSE(catalog->Create(Definition("good")).has_value());
    ASSERT_FALSE(catalog->Create(Definition("bad")).has_value());
  }
  const std::string intact = ReadFile(PathOf("bad"));
  for (size_t at = 0; at + 1 < intact.size(); ++at) {  // the last byte is the newline
    for (const bool cut : {true, false}) {
      std::string damaged = cut ? intact.substr(0, at) : intact;
      if (!cut) damaged[at] ^= 0x01;
      WriteFile(PathOf("bad"), damaged);
      auto catalog = MustOpen();
      ASSERT_EQ(catalog->Find("bad"), nullptr) << damaged;
      ASSERT_NE(catalog->Find("good"), nullptr);
      ASSERT_EQ(catalog->damage().size(), 1u);
      EXPECT_EQ(ReadFile(catalog->damage()[0].file), damaged);
      fs::remove(catalog->damage()[0].file);
    }
  }
}

TEST_F(StreamCatalogTest, KeepsEveryDamagedFileApart) {
  fs::create_directories(directory());
  size_t kept = 0;
  for (const char* suffix : {".damaged", ".damaged-2", ".damaged-3"}) {
    WriteFile(PathOf("a"), "junk");
    EXPECT_EQ(MustOpen()->damage().size(), ++kept);
    EXPECT_TRUE(fs::exists(PathOf("a") + suffix));
  }
}

TEST_F(StreamCatalogTest, ADamagedDefinitionHoldsItsNameUntilSomebodyActs) {
  ASSERT_FALSE(MustOpen()->Create(Definition("a")).has_value());
  const std::string intact = ReadFile(PathOf("a"));
  WriteFile(PathOf("a"), "junk");
  MustOpen();
  auto again = MustOpen();  // it is said at every start
  ASSERT_EQ(again->damage().size(), 1u);
  EXPECT_EQ(again->damage()[0].stream, "a");
  ASSERT_TRUE(again->DamagedBefore("a").has_value());
  EXPECT_THAT(again->DamagedBefore("a")->message, HasSubstr("a.json.damaged"));
  EXPECT_FALSE(again->DamagedBefore("b").has_value());

  WriteFile(PathOf("a"), intact);  // restored
  auto restored = MustOpen();
  EXPECT_NE(restored->Find("a"), nullptr);
  EXPECT_THAT(restored->damage(), IsEmpty());
  fs::remove(PathOf("a") + ".damaged");  // given up, while it runs
  EXPECT_FALSE(again->DamagedBefore("a").has_value());
}

TEST_F(StreamCatalogTest, SetsAsideAFileOfAnotherName) {
  ASSERT_FALSE(MustOpen()->Create(Definition("a")).has_value());
  fs::copy(PathOf("a"), PathOf("b"));
  auto catalog = MustOpen();
  EXPECT_NE(catalog->Find("a"), nullptr);
  EXPECT_EQ(catalog->Find("b"), nullptr);
  EXPECT_EQ(catalog->damage().size(), 1u);
}

TEST_F(StreamCatalogTest, LeavesANewerFormatUntouched) {
  fs::create_directories(directory());
  const std::string newer = R"({"format": 2, "streams": []})";
  WriteFile(PathOf("a"), newer);
  EXPECT_THAT(Open(), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("is newer than")));
  EXPECT_EQ(ReadFile(PathOf("a")), newer);
}

TEST_F(StreamCatalogTest, DropsAChangeThatACrashCutOff) {
  ASSERT_FALSE(MustOpen()->Create(Definition("a")).has_value());
  WriteFile(PathOf("a") + ".tmp", "{\"format\":1,");
  auto catalog = MustOpen();
  EXPECT_NE(catalog->Find("a"), nullptr);
  EXPECT_THAT(catalog->damage(), IsEmpty());
  EXPECT_FALSE(fs::exists(PathOf("a") + ".tmp"));
}

TEST_F(StreamCatalogTest, KeepsAStreamThatThisBuildCannotRun) {
  StreamDefinition definition = Definition("a");
  nlohmann::json request = nlohmann::json::parse(definition.request_json);
  request["ExtendedS3DestinationConfiguration"]["ProcessingConfiguration"] = {
      {"Enabled", true}, {"Processors", {{{"Type", "AppendDelimiterToRecord"}}}}};
  definition.request_json = request.dump();
  ASSERT_FALSE(MustOpen()->Create(definition).has_value());
  const StreamDefinitionPtr found = MustOpen()->Find("a");
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(ShownStatus(*found), StreamStatus::kCreatingFailed);
  EXPECT_THAT(ShownFailure(*found), HasSubstr("type AppendDelimiterToRecord: this build"));
  EXPECT_EQ(found->incarnation, definition.incarnation);
  EXPECT_EQ(found->status, StreamStatus::kActive);  // what it was, and is with the next build
}

TEST_F(StreamCatalogTest, AsksNoNewRulesOfAStreamThatIsThere) {
  StreamDefinition definition = Definition("a");
  nlohmann::json request = nlohmann::json::parse(definition.request_json);
  request["ExtendedS3DestinationConfiguration"]["CloudWatchLoggingOptions"] = {{"Enabled", true}};
  definition.request_json = request.dump();
  ASSERT_FALSE(MustOpen()->Create(definition).has_value());
  EXPECT_EQ(ShownStatus(*MustOpen()->Find("a")), StreamStatus::kActive);
}

TEST_F(StreamCatalogTest, KeepsAStreamWhoseRequestNoLongerMakesSense) {
  StreamDefinition definition = Definition("a");
  definition.request_json =
      R"({"DeliveryStreamName": "a", "S3DestinationConfiguration": {"BucketARN": "b"}})";
  ASSERT_FALSE(MustOpen()->Create(definition).has_value());
  const StreamDefinitionPtr found = MustOpen()->Find("a");
  EXPECT_EQ(ShownStatus(*found), StreamStatus::kCreatingFailed);
  EXPECT_THAT(ShownFailure(*found), HasSubstr("bucketARN"));
}

TEST_F(StreamCatalogTest, KeepsTagsWithAndWithoutValues) {
  StreamDefinition definition = Definition("a");
  definition.tags = {{"env", "prod"}, {"empty", ""}, {"bare", std::nullopt}};
  definition.encryption_failure = "no key";
  ASSERT_FALSE(MustOpen()->Create(definition).has_value());
  const StreamDefinitionPtr found = MustOpen()->Find("a");
  EXPECT_EQ(found->tags, definition.tags);
  EXPECT_EQ(found->encryption_failure, "no key");
}

TEST_F(StreamCatalogTest, ListsInPages) {
  auto catalog = MustOpen();
  for (const char* name : {"b", "a", "d", "c"}) {
    StreamDefinition definition = Definition(name);
    if (definition.name == "c") definition.type = "MSKAsSource";
    ASSERT_FALSE(catalog->Create(definition).has_value());
  }
  EXPECT_THAT(catalog->List("", 2, "").names, ElementsAre("a", "b"));
  EXPECT_TRUE(catalog->List("", 2, "").has_more);
  EXPECT_THAT(catalog->List("b", 2, "").names, ElementsAre("c", "d"));
  EXPECT_FALSE(catalog->List("b", 2, "").has_more);
  EXPECT_THAT(catalog->List("aa", 10, "DirectPut").names, ElementsAre("b", "d"));
  EXPECT_THAT(catalog->List("z", 10, "").names, IsEmpty());
}

// Definitions hold secrets, as those of an HTTP endpoint.
TEST_F(StreamCatalogTest, IsReadableByItsOwnerAlone) {
  auto catalog = MustOpen();
  ASSERT_FALSE(catalog->Create(Definition("a")).has_value());
  ASSERT_OK(catalog->SetStatus("a", StreamStatus::kActive));
  struct stat info = {};
  ASSERT_EQ(::stat(PathOf("a").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
}

TEST_F(StreamCatalogTest, TakesChangesFromManyThreads) {
  auto catalog = MustOpen();
  std::vector<std::thread> threads;
  std::atomic<int> created = 0;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&] {
      for (int i = 0; i < 10; ++i) {
        const std::string name = "s" + std::to_string(i);
        if (!catalog->Create(Definition(name)).has_value()) ++created;
        EXPECT_NE(catalog->Find(name), nullptr);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(created, 10);
  EXPECT_EQ(MustOpen()->All().size(), 10u);
}

}  // namespace
}  // namespace hydrant
