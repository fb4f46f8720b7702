#include "engine/log/segment.h"

#include "engine/log/crc32c.h"
#include "engine/log/log_test_util.h"

namespace hydrant {
namespace {

using ::testing::HasSubstr;
using testing::StatusIs;

constexpr SegmentId kId{{12345}, 0x9f3c2a11d0e47b65};

// RFC 3720, B.4, and the check value that catalogues of checksums give.
TEST(Crc32cTest, GivesTheKnownValues) {
  EXPECT_EQ(Crc32c("123456789"), 0xE3069283u);
  EXPECT_EQ(Crc32c(std::string(32, '\0')), 0x8A9136AAu);
  EXPECT_EQ(Crc32c(std::string(32, '\xff')), 0x62A8AB43u);
  EXPECT_EQ(Crc32c(""), 0u);
}

TEST(Crc32cTest, ContinuesOverPieces) {
  EXPECT_EQ(ExtendCrc32c(Crc32c("1234"), "56789"), 0xE3069283u);
  EXPECT_EQ(ExtendCrc32c(Crc32c(""), "123456789"), 0xE3069283u);
}

TEST(SegmentFileNameTest, RefusesWhatIsNotOne) {
  for (const std::string name :
       {"", "lock", "00000000000000012345-9f3c2a11d0e47b65.tmp",
        "0000000000000012345-9f3c2a11d0e47b65.log", "00000000000000012345-9F3C2A11D0E47B65.log",
        "-0000000000000012345-9f3c2a11d0e47b6.log", "99999999999999999999-9f3c2a11d0e47b65.log",
        "0000000000000001234x-9f3c2a11d0e47b65.log"}) {
    EXPECT_FALSE(ParseSegmentFileName(name)) << name;
  }
}

TEST(SegmentFileNameTest, GoesThereAndBack) {
  EXPECT_EQ(SegmentFileName(kId), "00000000000000012345-9f3c2a11d0e47b65.log");
  for (const SegmentId& id : {kId, SegmentId{}, SegmentId{{UINT64_MAX}, UINT64_MAX}}) {
    EXPECT_EQ(ParseSegmentFileName(SegmentFileName(id)), id);
  }
}

TEST(SegmentHeaderTest, AnyFlippedBitIsFound) {
  const SegmentHeaderBytes bytes = EncodeSegmentHeader({kId, 1'700'000'000'000'000});
  for (size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    SegmentHeaderBytes flipped = bytes;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_THAT(DecodeSegmentHeader({flipped.data(), flipped.size()}),
                StatusIs(absl::StatusCode::kDataLoss));
  }
  EXPECT_THAT(DecodeSegmentHeader({bytes.data(), 63}), StatusIs(absl::StatusCode::kDataLoss));
  const StatusOr<SegmentHeader> header = DecodeSegmentHeader({bytes.data(), bytes.size()});
  ASSERT_OK(header);
  EXPECT_EQ(header->id, kId);
  EXPECT_EQ(header->created_us, 1'700'000'000'000'000);
}

TEST(SegmentHeaderTest, ANewerVersionIsToldFromDamage) {
  SegmentHeaderBytes bytes = EncodeSegmentHeader({kId, 0});
  bytes[8] = 2;
  const uint32_t crc = Crc32c({bytes.data(), 60});
  std::memcpy(bytes.data() + 60, &crc, sizeof(crc));
  EXPECT_THAT(DecodeSegmentHeader({bytes.data(), bytes.size()}),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("version 2")));
}

TEST(FrameHeaderTest, IsIntactOnlyWhereItWasWritten) {
  FrameHeader header;
  header.first = {12345};
  header.arrival_us = -7;
  header.record_count = 3;
  header.payload_bytes = 10;
  header.body_crc = 0xabcdef01;
  const FrameHeaderBytes bytes = EncodeFrameHeader(header, kId.salt, 640);
  const std::string_view view(bytes.data(), bytes.size());
  const std::optional<FrameHeader> read = DecodeFrameHeader(view, kId, 640);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->first, header.first);
  EXPECT_EQ(read->arrival_us, -7);
  EXPECT_EQ(read->record_count, 3u);
  EXPECT_EQ(read->payload_bytes, 10u);
  EXPECT_EQ(read->body_crc, 0xabcdef01u);
  EXPECT_EQ(read->frame_bytes(), 88u);  // 64 + 3 * 4 + 10, up to a multiple of 8
  EXPECT_FALSE(DecodeFrameHeader(view, kId, 648));
  EXPECT_FALSE(DecodeFrameHeader(view, {kId.first, kId.salt + 1}, 640));
  EXPECT_FALSE(DecodeFrameHeader(view, {kId.first + 1, kId.salt}, 640));
  for (size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    FrameHeaderBytes flipped = bytes;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_FALSE(DecodeFrameHeader({flipped.data(), flipped.size()}, kId, 640)) << bit;
  }
}

TEST(FrameHeaderTest, RefusesSizesThatCannotBe) {
  FrameHeader header;
  header.first = kId.first;
  const auto intact = [](const FrameHeader& h) {
    const FrameHeaderBytes bytes = EncodeFrameHeader(h, kId.salt, 64);
    return DecodeFrameHeader({bytes.data(), bytes.size()}, kId, 64).has_value();
  };
  EXPECT_FALSE(intact(header)) << "no records";
  header.record_count = 1;
  EXPECT_TRUE(intact(header));
  header.payload_bytes = UINT32_MAX;
  EXPECT_FALSE(intact(header));
  header.payload_bytes = 0;
  header.record_count = UINT32_MAX;
  EXPECT_FALSE(intact(header));
  header.record_count = 1;
  header.first = {UINT64_MAX};
  EXPECT_FALSE(intact(header)) << "positions wrap around";
}

TEST(FrameBodyTest, RefusesEndsThatDoNotRise) {
  const auto valid = [](std::vector<uint32_t> ends, std::string_view payload) {
    std::string body(reinterpret_cast<const char*>(ends.data()), ends.size() * sizeof(uint32_t));
    body += payload;
    FrameHeader header;
    header.record_count = static_cast<uint32_t>(ends.size());
    header.payload_bytes = static_cast<uint32_t>(payload.size());
    header.body_crc = Crc32c(body);
    return BodyIsValid(header, body);
  };
  EXPECT_TRUE(valid({1, 1, 3}, "abc"));
  EXPECT_FALSE(valid({2, 1, 3}, "abc"));
  EXPECT_FALSE(valid({1, 2}, "abc"));
  EXPECT_FALSE(valid({1, 4}, "abc"));
}

}  // namespace
}  // namespace hydrant
