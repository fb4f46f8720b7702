#include "bench/load/stamp.h"

#include "engine/codec/base64.h"

#include <gtest/gtest.h>

#include <string>

namespace hydrant::load {
namespace {

constexpr RunId kRun = {'x', 'Y', '7'};

std::string Stamped(uint64_t number) {
  std::string record(kStampBytes, ' ');
  WriteStamp(kRun, number, record.data());
  return record;
}

TEST(Stamp, IsNotReadWhereThereIsNone) {
  EXPECT_FALSE(ReadStamp("", kRun));
  EXPECT_FALSE(ReadStamp("xY7", kRun));
  EXPECT_FALSE(ReadStamp(Stamped(1).substr(0, kStampBytes - 1), kRun));
  EXPECT_FALSE(ReadStamp(Stamped(1), RunId{'x', 'Y', '8'}));
  EXPECT_FALSE(ReadStamp("xY7AAA AA", kRun));
  EXPECT_FALSE(ReadStamp("xY7AAA\n\xff\x80", kRun));
}

TEST(Stamp, EveryNumberIsReadBack) {
  for (uint64_t number = 0; number < kStampNumbers; number += number / 3 + 1) {
    EXPECT_EQ(ReadStamp(Stamped(number) + " and more", kRun), number);
  }
  EXPECT_EQ(ReadStamp(Stamped(kStampNumbers - 1), kRun), kStampNumbers - 1);
}

TEST(Stamp, PatchingBase64IsPatchingWhatItStandsFor) {
  const std::string rest = "the rest of the record\n";
  std::string encoded = EncodeBase64(Stamped(0) + rest);
  for (const uint64_t number : {uint64_t{1}, uint64_t{63}, uint64_t{64}, uint64_t{123'456'789},
                                kStampNumbers - 1, uint64_t{0}}) {
    PatchBase64Stamp(number, encoded.data());
    EXPECT_EQ(encoded, EncodeBase64(Stamped(number) + rest)) << number;
  }
}

}  // namespace
}  // namespace hydrant::load
