// CloudFormationTemplate: streams as AWS::KinesisFirehose::DeliveryStream resources. Secrets are parameters that
// CloudFormation does not echo; what stands under `Hydrant` goes into the resource's metadata, without secrets.
// Owner:   any thread; pure
// Source:  CloudFormation template reference, "AWS::KinesisFirehose::DeliveryStream", "Parameters", "Metadata"
#pragma once

#include "engine/exchange/exported.h"

namespace hydrant {

Exported CloudFormationTemplate(StreamRequests requests);

}  // namespace hydrant
