// Any JSON is imported or refused; what is imported is a right request, without secrets when they are taken out, that can
// be compared or is refused.
#include "engine/base/check.h"
#include "engine/stream/description_import.h"
#include "engine/stream/destination_secrets.h"
#include "engine/stream/json_text.h"
#include "engine/stream/model.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace hydrant;
  const auto description =
      ParseJsonText(std::string_view(reinterpret_cast<const char*>(data), size));
  if (!description) return 0;
  auto imported = ImportDescription(*description);
  if (!imported.ok()) return 0;
  const ModelShape& shape = *FindModelShape("CreateDeliveryStreamInput");
  HYDRANT_CHECK(!ToApiError(CheckModel(shape, imported->request, Validation::kRelaxed)));
  RemoveSecrets(imported->request);
  for (const SecretPlace& place : SecretPlaces(imported->request)) {
    HYDRANT_CHECK(!imported->request.contains(place.at));
  }
  ComparableRequest(imported->request)
      .status()
      .IgnoreError();  // rules beyond the model may refuse it
  return 0;
}
