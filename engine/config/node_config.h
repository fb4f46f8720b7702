// NodeConfig: the node's settings, typed. One row of the option table (options.h) fills each
// member.
// Units:   bytes, absl::Duration
#pragma once

#include "engine/base/logging.h"
#include "engine/log/record_log.h"

#include <absl/time/time.h>

#include <cstdint>
#include <string>
#include <vector>

namespace hydrant {

struct AccessKey {
  std::string access_key_id;
  std::string secret_access_key;  // never logged, never shown
  std::string session_token;      // of a temporary key; requests must bring the same
  std::string policy;             // IAM policy, JSON; empty: the key may do everything
};

enum class AuthMode {
  kAuto,
  kSigV4,
  kNone
};  // kAuto: sigv4 when credentials are configured, else none on loopback only

// Whether the signature of an object's upload covers the SHA-256 of its bytes.
enum class PayloadSigning {
  kAuto,  // over plain HTTP to another machine, where neither TLS nor the machine protects them
  kAlways,
  kNever,
};

struct S3EndpointConfig {
  std::string endpoint;  // "file:///srv/buckets", "http://127.0.0.1:9000"; empty: AWS by region
  std::string region;    // empty: the node's
  bool path_style = false;
  std::string access_key_id;
  std::string secret_access_key;
  std::string session_token;
  std::string ca_file;
  bool verify_tls = true;
  PayloadSigning payload_signing = PayloadSigning::kAuto;
  uint64_t multipart_bytes = 16 << 20;         // objects above it go up in parts of this size
  absl::Duration timeout = absl::Seconds(60);  // of a request that stands still
};

struct LogConfig {
  Durability durability = Durability::kFsync;
  uint64_t quota_bytes = uint64_t{64} << 30;  // all streams together
  absl::Duration retention_time = absl::Hours(1);
  uint64_t retention_bytes = uint64_t{1} << 30;  // a stream
  uint64_t segment_bytes = 64 << 20;
  bool on_encrypted_disk = false;  // log.encryption: none | disk
};

struct LimitsConfig {
  int connections = 10'000;
  int connections_per_address = 0;  // 0: no limit
  int requests_per_second = 0;      // of one address; 0: no limit
  uint64_t header_bytes = 64 << 10;
  uint64_t body_bytes = 0;  // 0: no limit but the API's own
};

struct AuditConfig {
  bool enabled = true;
  std::string file;  // empty: audit/audit.jsonl in the data directory
  uint64_t file_bytes = 16 << 20;
  int files = 8;
};

struct NodeConfig {
  std::string listen = "127.0.0.1:4573";
  std::string admin = "127.0.0.1:4574";
  std::string data_dir = "./hydrant-data";
  std::string region = "us-east-1";
  std::string account_id = "000000000000";
  AuthMode auth = AuthMode::kAuto;
  std::vector<AccessKey> credentials;
  int auth_replays_max = 0;  // signatures that are remembered; 0: none
  std::string tls_certificate_file;
  std::string tls_private_key_file;
  std::string tls_client_ca_file;
  bool strict_validation = false;  // validation: relaxed | strict
  uint64_t memory_bytes = 256 << 20;
  int workers = 0;     // actor threads; 0: one a core
  int io_threads = 0;  // 0: one a core, at most 4
  int log_writers = 1;
  S3EndpointConfig s3;
  LogConfig log;
  int streams_max = 5000;  // limits.streams
  LimitsConfig limits;     // what is asked before a request is looked at
  AuditConfig audit;
  absl::Duration transition_time =
      absl::ZeroDuration();  // how long CREATING and the like are shown
  absl::Duration drain_timeout = absl::Seconds(30);
  LogLevel log_level = LogLevel::kInfo;
  LogFormat log_format = LogFormat::kAuto;
  // Each entry of `streams:` as the JSON text of a CreateDeliveryStream request.
  std::vector<std::string> streams;
  std::string file;  // it was read from; empty: none
};

}  // namespace hydrant
