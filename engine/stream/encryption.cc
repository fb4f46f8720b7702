#include "engine/stream/encryption.h"

#include "engine/config/node_config.h"

namespace hydrant {
namespace {

constexpr std::string_view kOwnKey = "CUSTOMER_MANAGED_CMK";
constexpr std::string_view kKeyArn = "DeliveryStreamEncryptionConfigurationInput.KeyARN";

}  // namespace

EncryptionKey ParseEncryption(const nlohmann::json& input, std::string_view stream_type,
                              const ProblemsBelow& problems) {
  EncryptionKey key;
  key.type = input.value("KeyType", key.type);
  key.arn = input.value("KeyARN", "");
  if (stream_type != kDirectPut && stream_type != "DatabaseAsSource") {
    problems.Add(kEncryptionInput,
                 "Server side encryption from firehose is only allowed for direct put delivery "
                 "streams and database as a source delivery streams");
  }
  if (key.type == kOwnKey && key.arn.empty()) {
    problems.Add(kKeyArn, "KeyARN has to be specified when KeyType is CUSTOMER_MANAGED_CMK");
  }
  if (key.type != kOwnKey && !key.arn.empty()) {
    problems.Add(kKeyArn, "KeyARN cannot be specified when KeyType is AWS_OWNED_CMK");
  }
  return key;
}

std::string WhyNotEncrypted(const EncryptionKey& key, const NodeConfig& config) {
  if (key.type == kOwnKey) {
    return "this build of hydrant can't encrypt records with a key of yours "
           "(CUSTOMER_MANAGED_CMK)";
  }
  if (config.log.on_encrypted_disk) return "";
  return "this node does not encrypt its record log; say log.encryption: disk when the disk of "
         "data_dir is encrypted";
}

nlohmann::ordered_json DescribeEncryption(const StreamDefinition& stream) {
  nlohmann::ordered_json described;
  if (stream.encryption) {
    described["KeyType"] = stream.encryption->type;
    if (!stream.encryption->arn.empty()) described["KeyARN"] = stream.encryption->arn;
  }
  described["Status"] = stream.encryption ? "ENABLED" : "DISABLED";
  if (!stream.encryption_failure.empty()) {
    described["Status"] = "ENABLING_FAILED";
    described["FailureDescription"] = {{"Type", "UNKNOWN_ERROR"},
                                       {"Details", stream.encryption_failure}};
  }
  return described;
}

}  // namespace hydrant
