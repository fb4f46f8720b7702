#include "engine/codec/base64.h"

#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <string>
#include <sys/mman.h>
#include <unistd.h>

namespace hydrant {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

// Bit by bit, written without a look at the code under test.
std::string NaiveEncode(const std::string& data) {
  std::string bits;
  for (unsigned char c : data) {
    for (int i = 7; i >= 0; --i) bits += (c >> i & 1) ? '1' : '0';
  }
  while (bits.size() % 6 != 0) bits += '0';
  std::string text;
  for (size_t i = 0; i < bits.size(); i += 6) {
    text += kAlphabet[std::stoul(bits.substr(i, 6), nullptr, 2)];
  }
  while (text.size() % 4 != 0) text += '=';
  return text;
}

std::string RandomBytes(std::mt19937_64& random, size_t size) {
  std::string data(size, '\0');
  for (char& c : data) c = static_cast<char>(random());
  return data;
}

// Memory between two pages that may not be touched. Text ends at the upper one, or starts at the
// lower.
class GuardedPages {
 public:
  GuardedPages() : page_(static_cast<size_t>(sysconf(_SC_PAGESIZE))) {
    base_ = static_cast<char*>(
        mmap(nullptr, 3 * page_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    mprotect(base_, page_, PROT_NONE);
    mprotect(base_ + 2 * page_, page_, PROT_NONE);
  }
  ~GuardedPages() { munmap(base_, 3 * page_); }
  GuardedPages(const GuardedPages&) = delete;
  GuardedPages& operator=(const GuardedPages&) = delete;
  char* First() const { return base_ + page_; }
  char* Last(size_t size) const { return base_ + 2 * page_ - size; }

 private:
  size_t page_;
  char* base_;
};

using Decoder = Base64Result (*)(std::string_view, char*);

class Base64Test : public ::testing::TestWithParam<Decoder> {
 protected:
  Base64Result Decode(std::string_view text, std::string* out = nullptr) {
    std::string bytes(Base64DecodedBytesMax(text.size()), '\0');
    const Base64Result result = GetParam()(text, bytes.data());
    if (out != nullptr) *out = bytes.substr(0, result.size);
    return result;
  }
};

TEST_P(Base64Test, RefusesLengthsThatAreNotMultiplesOfFour) {
  for (size_t size = 1; size < 300; ++size) {
    if (size % 4 == 0) continue;
    const Base64Result result = Decode(std::string(size, 'A'));
    EXPECT_EQ(result.fault, Base64Fault::kLength) << size;
    EXPECT_EQ(result.size, 0u);
  }
  EXPECT_EQ(Decode("QUI").fault, Base64Fault::kLength) << "missing padding";
}

TEST_P(Base64Test, NamesTheFirstBadCharacterAtEveryPositionForEveryByte) {
  for (const size_t size : {4, 8, 32, 36, 44, 48, 52, 80, 84, 112}) {
    for (size_t position = 0; position < size; ++position) {
      for (int byte = 0; byte < 256; ++byte) {
        const char c = static_cast<char>(byte);
        if (c != '\0' && kAlphabet.find(c) != std::string_view::npos) continue;
        if (c == '=' && position == size - 1) continue;  // padding
        std::string text(size, 'A');
        text[position] = c;
        const Base64Result result = Decode(text);
        ASSERT_EQ(result.fault, Base64Fault::kCharacter) << size << " " << position << " " << byte;
        ASSERT_EQ(result.position, position) << size << " " << byte;
        ASSERT_EQ(result.size, 0u);
      }
    }
  }
}

TEST_P(Base64Test, RefusesPaddingThatIsNotAtTheEnd) {
  EXPECT_EQ(Decode("====").fault, Base64Fault::kCharacter);
  EXPECT_EQ(Decode("A===").fault, Base64Fault::kCharacter);
  EXPECT_EQ(Decode("=+/=").position, 0u);
  EXPECT_EQ(Decode("QQ==QQ==").position, 2u);
  EXPECT_EQ(Decode("QUI=QUJD").position, 3u);
  EXPECT_EQ(Decode("QQ=A").position, 2u);
}

TEST_P(Base64Test, RefusesBitsBehindTheLastByte) {
  for (size_t i = 0; i < 64; ++i) {
    EXPECT_EQ(Decode(std::string("A") + kAlphabet[i] + "==").ok(), i % 16 == 0) << i;
    EXPECT_EQ(Decode(std::string("AA") + kAlphabet[i] + "=").ok(), i % 4 == 0) << i;
  }
  EXPECT_EQ(Decode("+/+=").fault, Base64Fault::kTrailingBits);
}

TEST_P(Base64Test, EveryLengthDecodesToWhatWasEncoded) {
  std::mt19937_64 random(20150804);
  for (size_t size = 0; size <= 200; ++size) {
    for (int repeat = 0; repeat < 20; ++repeat) {
      const std::string data = RandomBytes(random, size);
      const std::string text = NaiveEncode(data);
      ASSERT_EQ(EncodeBase64(data), text);
      std::string decoded;
      const Base64Result result = Decode(text, &decoded);
      ASSERT_TRUE(result.ok()) << text;
      ASSERT_EQ(result.size, size);
      ASSERT_EQ(decoded, data);
    }
  }
}

TEST_P(Base64Test, EveryCharacterHasItsValueInEveryLane) {
  for (size_t lane = 0; lane < 96; ++lane) {
    for (const char c : kAlphabet) {
      std::string text(96, 'A');
      text[lane] = c;
      std::string decoded;
      ASSERT_TRUE(Decode(text, &decoded).ok());
      ASSERT_EQ(NaiveEncode(decoded), text);
    }
  }
}

TEST_P(Base64Test, TouchesNothingOutsideItsRanges) {
  GuardedPages text_pages;
  GuardedPages out_pages;
  std::mt19937_64 random(1);
  for (size_t size = 0; size <= 300; ++size) {
    const std::string data = RandomBytes(random, size);
    const std::string text = NaiveEncode(data);
    // Both ends of the ranges against forbidden pages; the output has room for exactly the bytes.
    char* const in = text_pages.Last(text.size());
    std::memcpy(in, text.data(), text.size());
    char* const last = out_pages.Last(size);
    ASSERT_TRUE(GetParam()({in, text.size()}, last).ok());
    ASSERT_EQ(std::string_view(last, size), data);
    std::memcpy(text_pages.First(), text.data(), text.size());
    ASSERT_TRUE(GetParam()({text_pages.First(), text.size()}, out_pages.First()).ok());
    ASSERT_EQ(std::string_view(out_pages.First(), size), data);
  }
}

INSTANTIATE_TEST_SUITE_P(BestForThisProcessor, Base64Test, ::testing::Values(&DecodeBase64));
INSTANTIATE_TEST_SUITE_P(Portable, Base64Test, ::testing::Values(&DecodeBase64Portable));

TEST(Base64DifferentialTest, BothDecodersAgreeOnDamagedText) {
  const uint64_t seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937_64 random(seed);
  for (int i = 0; i < 20000; ++i) {
    std::string text = EncodeBase64(RandomBytes(random, random() % 200));
    for (uint64_t damage = random() % 3; damage > 0 && !text.empty(); --damage) {
      text[random() % text.size()] = static_cast<char>(random());
    }
    if (random() % 8 == 0) text.resize(random() % (text.size() + 1));
    std::string fast(Base64DecodedBytesMax(text.size()), '\0');
    std::string portable = fast;
    const Base64Result a = DecodeBase64(text, fast.data());
    const Base64Result b = DecodeBase64Portable(text, portable.data());
    ASSERT_EQ(a.fault, b.fault) << text;
    ASSERT_EQ(a.position, b.position) << text;
    ASSERT_EQ(a.size, b.size) << text;
    if (a.ok()) {
      ASSERT_EQ(fast, portable);
      ASSERT_EQ(EncodeBase64(std::string_view(fast).substr(0, a.size)), text);
    }
  }
}

// Whatever follows the quote, and wherever the damage is: the answer is that of the text before it.
TEST(Base64DifferentialTest, UntilAQuoteIsTheTextBeforeIt) {
  const uint64_t seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937_64 random(seed);
  GuardedPages in_pages;
  GuardedPages out_pages;
  for (int i = 0; i < 20000; ++i) {
    std::string text = EncodeBase64(RandomBytes(random, random() % 200));
    if (random() % 2 == 0 && !text.empty()) {
      text[random() % text.size()] = random() % 8 == 0 ? '\\' : static_cast<char>(random());
    }
    std::string behind = EncodeBase64(RandomBytes(random, random() % 200));
    behind.resize(random() % (behind.size() + 1));
    const std::string all = text + "\"" + behind;
    char* const in = in_pages.Last(all.size());
    std::memcpy(in, all.data(), all.size());
    char* const out = out_pages.Last(Base64DecodedBytesMax(all.size()));
    const std::optional<QuotedBase64> quoted = DecodeBase64UntilQuote({in, all.size()}, out);
    ASSERT_TRUE(quoted.has_value());

    const size_t end = all.find('"');
    std::string expected(Base64DecodedBytesMax(end), '\0');
    const Base64Result plain = DecodeBase64Portable(all.substr(0, end), expected.data());
    ASSERT_EQ(quoted->text_size, end) << all;
    ASSERT_EQ(quoted->result.fault, plain.fault) << all;
    ASSERT_EQ(quoted->result.position, plain.position) << all;
    ASSERT_EQ(quoted->result.size, plain.size) << all;
    ASSERT_EQ(std::string_view(out, plain.size), expected.substr(0, plain.size)) << all;
  }
}

TEST(Base64DifferentialTest, WithoutAQuoteThereIsNoAnswer) {
  char out[300];
  for (size_t size = 0; size < 300; ++size) {
    EXPECT_FALSE(DecodeBase64UntilQuote(std::string(size, 'A'), out).has_value()) << size;
  }
}

}  // namespace
}  // namespace hydrant
