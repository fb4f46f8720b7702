#include "engine/codec/dense_deflate.h"

#include "engine/testing/access_log.h"
#include "engine/testing/status_matchers.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <cstdlib>
#include <libdeflate.h>
#include <set>
#include <string>
#include <vector>

namespace hydrant {
namespace {

constexpr size_t kWindowBytes = 1 << 20;
constexpr int kLevels[] = {1, 6, 9};

std::string Deflated(std::string_view text, int level) {
  BlockBuffer out(0);
  const std::string_view pieces[] = {text};
  EXPECT_OK(DenseDeflate(pieces, level, out));
  std::string bytes;
  for (const std::string_view piece : out.Pieces()) bytes.append(piece);
  return bytes;
}

// As one stream: whatever follows its end is an error.
void ExpectInflatesTo(const std::string& bytes, std::string_view text) {
  std::string inflated(text.size() + 1, '\0');
  z_stream stream{};
  ASSERT_EQ(inflateInit2(&stream, -MAX_WBITS), Z_OK);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(inflated.data());
  stream.avail_out = static_cast<uInt>(inflated.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  EXPECT_EQ(stream.avail_in, 0U);
  EXPECT_EQ(stream.total_out, text.size());
  inflateEnd(&stream);
  inflated.resize(text.size());
  EXPECT_TRUE(inflated == text);
}

TEST(DenseDeflateTest, SeamsBetweenWindowsAreNotSeen) {
  const std::string text = testing::AccessLog(1, 3 * kWindowBytes + 10);
  for (const int level : kLevels) {
    for (const size_t size : {kWindowBytes, kWindowBytes + 1, 3 * kWindowBytes + 9}) {
      const std::string_view part = std::string_view(text).substr(0, size);
      ExpectInflatesTo(Deflated(part, level), part);
    }
  }
}

// At which bits of a byte the windows' own streams end, before the empty block that fills it up.
std::set<int> SeamBits(const std::string& bytes, size_t text_size) {
  std::string inflated(text_size, '\0');
  z_stream stream{};
  EXPECT_EQ(inflateInit2(&stream, -MAX_WBITS), Z_OK);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(inflated.data());
  stream.avail_out = static_cast<uInt>(inflated.size());
  std::set<int> bits;
  uLong last_seam = 0;
  while (inflate(&stream, Z_BLOCK) == Z_OK) {
    if (stream.total_out % kWindowBytes != 0 || stream.total_out == last_seam) continue;
    last_seam = stream.total_out;
    bits.insert(stream.data_type & 7);
  }
  inflateEnd(&stream);
  return bits;
}

// Deflate streams end anywhere in a byte: so many windows meet all of it. Some of noise are stored, some of one letter
// are a few bytes long.
TEST(DenseDeflateTest, SeamsAtEveryBitOfAByte) {
  std::string text = testing::AccessLog(3, 48 * kWindowBytes);
  text.append(2 * kWindowBytes - text.size() % kWindowBytes, 'a');
  text.append(testing::Noise(3, 2 * kWindowBytes)).append(kWindowBytes, 'b');
  const std::string deflated = Deflated(text, 1);
  ExpectInflatesTo(deflated, text);
  EXPECT_EQ(SeamBits(deflated, text.size()).size(), 8u);
}

TEST(DenseDeflateTest, WindowsCostLittle) {
  const std::string text = testing::AccessLog(2, 5 * kWindowBytes);
  libdeflate_compressor* const whole = libdeflate_alloc_compressor(6);
  std::string room(text.size(), '\0');
  const size_t size =
      libdeflate_deflate_compress(whole, text.data(), text.size(), room.data(), room.size());
  libdeflate_free_compressor(whole);
  EXPECT_LT(Deflated(text, 6).size(), size * 1.02);
}

size_t held_bytes = 0;

// What libdeflate takes is counted while it runs; windows and zlib's inflater have known sizes.
TEST(DenseDeflateTest, HoldsNoMoreThanItSays) {
  const std::string text = testing::AccessLog(4, 3 * kWindowBytes);
  const std::string_view pieces[] = {text};
  libdeflate_set_memory_allocator(
      [](size_t size) {
        held_bytes += size;
        return std::malloc(size);
      },
      std::free);
  for (const int level : kLevels) {
    held_bytes = 0;
    BlockBuffer out(0);
    EXPECT_OK(DenseDeflate(pieces, level, out));
    EXPECT_GT(held_bytes, 0u);
    const size_t room = libdeflate_deflate_compress_bound(nullptr, kWindowBytes);
    constexpr size_t kInflaterBytes = 64 << 10;  // zlib.h: "about 32K … plus a few kilobytes"
    EXPECT_LT(kWindowBytes + room + held_bytes + kInflaterBytes, kDenseDeflateWorkBytes);
  }
  libdeflate_set_memory_allocator(std::malloc, std::free);
}

}  // namespace
}  // namespace hydrant
