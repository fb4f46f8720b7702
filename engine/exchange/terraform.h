// TerraformDocument: streams as aws_kinesis_firehose_delivery_stream resources in Terraform's JSON syntax (a .tf.json
// file). Secrets are sensitive variables. Terraform has no place for what stands under `Hydrant`.
// Owner:   any thread; pure
// Source:  Terraform registry, provider hashicorp/aws 5.100, "aws_kinesis_firehose_delivery_stream"; Terraform
//          language, "JSON Configuration Syntax", "Strings and Templates"
#pragma once

#include "engine/exchange/exported.h"

namespace hydrant {

Exported TerraformDocument(StreamRequests requests);

}  // namespace hydrant
