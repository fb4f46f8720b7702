#include "engine/testing/certificate.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <cstdio>
#include <cstdlib>

namespace hydrant::testing {
namespace {

void WriteKey(const std::string& key_file, EVP_PKEY* key, std::string phrase) {
  FILE* file = fopen(key_file.c_str(), "w");
  const bool plain = phrase.empty();
  PEM_write_PrivateKey(file, key, plain ? nullptr : EVP_aes_128_cbc(),
                       plain ? nullptr : reinterpret_cast<unsigned char*>(phrase.data()),
                       static_cast<int>(phrase.size()), nullptr, nullptr);
  fclose(file);
}

}  // namespace

void MakeKey(const std::string& key_file, std::string phrase) {
  EVP_PKEY* key = EVP_RSA_gen(2048);
  WriteKey(key_file, key, std::move(phrase));
  EVP_PKEY_free(key);
}

void MakeCertificate(const std::string& certificate_file, const std::string& key_file) {
  EVP_PKEY* key = EVP_EC_gen("P-256");
  X509* certificate = X509_new();
  X509_set_version(certificate, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -60);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
  X509_set_pubkey(certificate, key);
  X509_NAME* name = X509_get_subject_name(certificate);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>("localhost"), -1, -1, 0);
  X509_set_issuer_name(certificate, name);
  if (X509_sign(certificate, key, EVP_sha256()) == 0) std::abort();
  FILE* file = fopen(certificate_file.c_str(), "w");
  PEM_write_X509(file, certificate);
  fclose(file);
  WriteKey(key_file, key, "");
  X509_free(certificate);
  EVP_PKEY_free(key);
}

}  // namespace hydrant::testing
