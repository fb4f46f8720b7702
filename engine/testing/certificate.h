// A self-signed certificate and its key, for tests of TLS.
#pragma once

#include <string>

namespace hydrant::testing {

// For "localhost", valid for an hour, as PEM files.
void MakeCertificate(const std::string& certificate_file, const std::string& key_file);
// An RSA key of its own, as a PEM file; encrypted when there is a pass phrase.
void MakeKey(const std::string& key_file, std::string phrase);

}  // namespace hydrant::testing
