// Do the tools that people have read what we write? A tool that is not installed is skipped.
#include "engine/codec/compression.h"
#include "engine/testing/access_log.h"
#include "engine/testing/status_matchers.h"
#include "engine/testing/temp_dir.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace hydrant {
namespace {

bool Runs(const std::string& command) {
  return std::system(("(" + command + ") >/dev/null 2>&1").c_str()) == 0;
}

std::string ReadFile(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

class InteropTest : public ::testing::Test {
 protected:
  // `command` reads dir/in and writes dir/out.
  void ExpectReadBy(CompressionFormat format, const std::string& command) {
    ExpectReadBy(format, CompressionEffort::kFast, command);
    if (HasEfforts(format)) ExpectReadBy(format, CompressionEffort::kSmall, command);
  }

  void ExpectReadBy(CompressionFormat format, CompressionEffort effort,
                    const std::string& command) {
    for (const size_t size : {size_t{1}, size_t{32 * 1024}, size_t{3 << 20}}) {
      const std::string text = testing::AccessLog(7, size).substr(0, size);
      const std::string_view view = text;
      const std::vector<std::string_view> pieces = {view.substr(0, size / 3),
                                                    view.substr(size / 3)};
      const auto made = Compress(format, effort, pieces, "out");
      ASSERT_OK(made);
      std::ofstream file(dir_.File("in"), std::ios::binary | std::ios::trunc);
      for (const std::string_view piece : made->Pieces()) {
        file.write(piece.data(), static_cast<std::streamsize>(piece.size()));
      }
      file.close();
      ASSERT_TRUE(Runs("cd '" + dir_.path() + "' && rm -f out && " + command)) << command;
      EXPECT_TRUE(ReadFile(dir_.File("out")) == text) << command << " of " << size << " bytes";
    }
  }

  testing::TempDir dir_;
};

TEST_F(InteropTest, JavaOverANetwork) {
  if (!Runs("javac --version")) GTEST_SKIP() << "no JDK";
  // Nothing is there already when it asks: then it takes the end of a member for the end of all.
  std::ofstream source(dir_.File("Read.java"));
  source << "import java.io.*; import java.nio.file.*;\n"
            "public class Read { public static void main(String[] a) throws Exception {\n"
            "  InputStream raw = new FilterInputStream(new FileInputStream(\"in\")) {\n"
            "    public int available() { return 0; } };\n"
            "  try (InputStream in = new java.util.zip.GZIPInputStream(raw)) {\n"
            "    Files.copy(in, Path.of(\"out\")); } } }\n";
  source.close();
  ASSERT_TRUE(Runs("cd '" + dir_.path() + "' && javac Read.java"));
  ExpectReadBy(CompressionFormat::kGzip, "java Read");
}

TEST_F(InteropTest, Gzip) {
  if (!Runs("gzip --version")) GTEST_SKIP() << "no gzip";
  ExpectReadBy(CompressionFormat::kGzip, "gzip -dc < in > out");
}

TEST_F(InteropTest, PythonGzipModule) {
  if (!Runs("python3 -c 'import gzip'")) GTEST_SKIP() << "no python3";
  ExpectReadBy(CompressionFormat::kGzip, "mv in in.gz && python3 -m gzip -d in.gz && mv in out");
}

TEST_F(InteropTest, PythonZipfileModule) {
  if (!Runs("python3 -c 'import zipfile'")) GTEST_SKIP() << "no python3";
  ExpectReadBy(CompressionFormat::kZip, "python3 -m zipfile -t in && python3 -m zipfile -e in .");
}

TEST_F(InteropTest, Unzip) {
  if (!Runs("unzip -v")) GTEST_SKIP() << "no unzip";
  ExpectReadBy(CompressionFormat::kZip, "unzip -t in && unzip -o in");
}

// The module reads this format in its versions 0.5 to 0.6.
TEST_F(InteropTest, PythonSnappyModule) {
  if (!Runs("python3 -c 'import snappy.hadoop_snappy'")) GTEST_SKIP() << "no python-snappy 0.6";
  ExpectReadBy(CompressionFormat::kHadoopSnappy,
               "python3 -c 'import snappy; "
               "snappy.hadoop_stream_decompress(open(\"in\", \"rb\"), open(\"out\", \"wb\"))'");
}

// HYDRANT_SNAPPY_CLASSPATH names the jars of snappy-java and aircompressor.
class JavaInteropTest : public InteropTest {
 protected:
  // `stream`: a Java expression of an input stream that decodes `raw`.
  void ExpectReadByJava(CompressionFormat format, const std::string& stream) {
    const char* const classpath = std::getenv("HYDRANT_SNAPPY_CLASSPATH");
    if (classpath == nullptr || !Runs("javac --version")) GTEST_SKIP() << "no jars or no JDK";
    std::ofstream source(dir_.File("Read.java"));
    source << "import java.io.*; import java.nio.file.*;\n"
              "public class Read { public static void main(String[] a) throws Exception {\n"
              "  InputStream raw = new FileInputStream(\"in\");\n"
              "  try (InputStream in = "
           << stream << ") { Files.copy(in, Path.of(\"out\")); } } }\n";
    source.close();
    ExpectReadBy(format, "java -cp '" + std::string(classpath) + "' Read.java");
  }
};

TEST_F(JavaInteropTest, SnappyJava) {
  ExpectReadByJava(CompressionFormat::kSnappy, "new org.xerial.snappy.SnappyInputStream(raw)");
}

TEST_F(JavaInteropTest, HadoopSnappyByAircompressor) {
  ExpectReadByJava(CompressionFormat::kHadoopSnappy,
                   "new io.airlift.compress.snappy.SnappyHadoopStreams().createInputStream(raw)");
}

}  // namespace
}  // namespace hydrant
