#include "engine/io/tls_files.h"

#include "engine/testing/certificate.h"
#include "engine/testing/temp_dir.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

namespace hydrant {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class TlsFilesTest : public ::testing::Test {
 protected:
  TlsFilesTest() {
    testing::MakeCertificate(File("cert"), File("key"));
    testing::MakeCertificate(File("other-cert"), File("other-key"));
    testing::MakeKey(File("encrypted"), "phrase");
    testing::MakeKey(File("rsa-key"), "");
    std::ofstream(File("empty"));
    std::ofstream(File("garbage"))
        << "-----BEGIN CERTIFICATE-----\nxyz\n-----END CERTIFICATE-----\n"
        << "-----BEGIN PRIVATE KEY-----\nxyz\n-----END PRIVATE KEY-----\n";
  }

  std::string File(const std::string& name) const { return dir_.File(name); }
  std::string Check(const std::string& certificate, const std::string& key) const {
    const auto problem = CheckTlsFiles({File(certificate), File(key)});
    return problem ? Describe(*problem) : "right";
  }
  // How the message about a file begins.
  std::string Certificate(const std::string& name) const {
    return "tls.certificate_file: " + File(name) + " ";
  }
  std::string Key(const std::string& name) const {
    return "tls.private_key_file: " + File(name) + " ";
  }

  testing::TempDir dir_;
};

TEST_F(TlsFilesTest, APairIsRight) { EXPECT_EQ(Check("cert", "key"), "right"); }

TEST_F(TlsFilesTest, NamesTheFileTheRuleAndTheMend) {
  EXPECT_THAT(Check("none", "key"),
              AllOf(HasSubstr(Certificate("none") + "cannot be read: No such file"),
                    HasSubstr("; name the file")));
  EXPECT_THAT(Check("cert", "none"), HasSubstr(Key("none") + "cannot be read: No such file"));
  EXPECT_THAT(Check("cert", ""), HasSubstr("cannot be read: Is a directory"));
  EXPECT_EQ(Check("key", "cert"),
            Certificate("key") + "holds no certificate in PEM form; are the two files swapped?");
  EXPECT_EQ(Check("cert", "other-cert"), Key("other-cert") +
                                             "holds no private key in PEM form; are "
                                             "the two files swapped?");
  EXPECT_THAT(Check("empty", "key"), HasSubstr(Certificate("empty") + "holds no certificate"));
  EXPECT_THAT(Check("cert", "empty"), HasSubstr(Key("empty") + "holds no private key"));
  EXPECT_EQ(Check("cert", "other-key"), Key("other-key") + "is not the key of the certificate in " +
                                            File("cert") +
                                            "; give the key that the certificate was made for");
  EXPECT_THAT(Check("cert", "rsa-key"), HasSubstr("is not the key of the certificate in "));
  EXPECT_THAT(Check("cert", "encrypted"),
              HasSubstr(Key("encrypted") + "is encrypted with a pass phrase"));
  EXPECT_THAT(Check("garbage", "key"),
              HasSubstr(Certificate("garbage") + "holds a certificate that cannot be used: "));
  EXPECT_THAT(Check("cert", "garbage"),
              HasSubstr(Key("garbage") + "holds a key that cannot be used: "));
}

TEST_F(TlsFilesTest, AuthoritiesMustBeThere) {
  EXPECT_FALSE(CheckCaFile("s3.ca_file", File("cert")).has_value());
  EXPECT_THAT(Describe(*CheckCaFile("s3.ca_file", File("none"))),
              HasSubstr("s3.ca_file: " + File("none") + " cannot be read"));
  EXPECT_THAT(Describe(*CheckCaFile("s3.ca_file", File("key"))), HasSubstr("holds no certificate"));
}

}  // namespace
}  // namespace hydrant
