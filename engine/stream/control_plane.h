// The control plane: operations on streams, one after another on a thread of their own.
// Owner:   any thread may call; StreamHost is called on the control thread only
// Errors:  Firehose's, as ApiError; those of the configuration as Status with the same text
// Source:  firehose 2015-08-04 service model; AWS JSON 1.1
#pragma once

#include "engine/base/clock.h"
#include "engine/component.h"
#include "engine/config/node_config.h"
#include "engine/stream/catalog.h"

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace hydrant {

// Who runs streams. May block.
class StreamHost {
 public:
  virtual ~StreamHost() = default;
  // An error leaves the stream in CREATING_FAILED with the error's text.
  virtual Status StartStream(StreamDefinitionPtr definition) = 0;
  // The same stream, which runs, with another definition. From then on attempts are made by the new one, when those
  // under way have ended; no record is lost, producers hardly wait. Returns before that; the next change or deletion
  // of the stream waits. An error leaves it as it was.
  virtual Status ChangeStream(StreamDefinitionPtr definition) = 0;
  // The stream, of that type, exists and can't run: producers of one that takes puts are told to try again later, not
  // that there is none. Until a stream of that name is started or deleted.
  virtual void RefuseStream(const std::string& name, std::string_view type,
                            std::string_view why) = 0;
  // Takes no more records of the stream and returns. Then what it holds is delivered, as far as that goes in the
  // node's drain time; the rest is dropped and reported, and its log removed, whether the stream ran or
  // not. `done` is called once, on any thread; never when the host ends before.
  virtual void DeleteStream(StreamDefinitionPtr definition, std::function<void(Status)> done) = 0;
};

class StreamControlPlane : public ControlPlane {
 public:
  // Makes a stream of the configuration file, or brings the one that there is to what the file says
  // (version + 1 only when it differs). `request_json` is a CreateDeliveryStream request.
  virtual Status ApplyConfiguredStream(const std::string& request_json) = 0;
  // At start, after the configured streams: finishes deletions that a crash cut off and starts the
  // rest. A stream that does not start is CREATING_FAILED and logged; the others run.
  virtual void StartStreams() = 0;
};

struct ControlPlaneOptions {
  const NodeConfig* config = nullptr;
  StreamCatalog* catalog = nullptr;
  StreamHost* host = nullptr;
  const Clock* clock = nullptr;
  Entropy* entropy = nullptr;
  StreamSupport support;
  // Runs a function after a time, on any thread. Unset: by timers, which end with the control plane.
  std::function<void(absl::Duration, std::function<void()>)> after;
};

// How this node reads requests; for the catalog too. `config` must outlive the result.
ParseOptions MakeParseOptions(const NodeConfig& config, StreamSupport support);

// All that `options` points to must outlive the control plane.
std::unique_ptr<StreamControlPlane> MakeControlPlane(ControlPlaneOptions options);

}  // namespace hydrant
