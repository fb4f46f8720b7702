// Destination: where a stream delivers to, as its reader sees it: whole objects with a key.
// Owner:   any thread, several at once
// Units:   at most 1,000,000 objects, and 1 GiB an object
// Errors:  kCancelled: the caller's test said to stop; kNotFound: the directory or bucket is not
//          there; kPermissionDenied; kResourceExhausted: more than that; kUnavailable: no answer.
//          Messages say what to do.
// Source:  Amazon S3 API Reference, ListObjectsV2 and GetObject
#pragma once

#include "engine/base/status.h"
#include "engine/config/node_config.h"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace hydrant::load {

// Asked several times a second while something is waited for.
using StopTest = std::function<bool()>;

class Destination {
 public:
  virtual ~Destination() = default;
  // Keys of all objects that are whole, in no order.
  virtual StatusOr<std::vector<std::string>> List(const StopTest& stopped) = 0;
  // As it is stored.
  virtual StatusOr<std::string> Read(const std::string& key, const StopTest& stopped) = 0;
};

// Files below a directory whose paths there begin with `prefix`. Hidden ones (uploads under way) are
// none.
std::unique_ptr<Destination> MakeDirectoryDestination(std::string path,
                                                      const std::string& prefix = "");

// Objects of s3://BUCKET[/PREFIX]. Of the configuration its `s3` and `region` count, as for the node; without keys
// there, the AWS SDKs' default chain gives them.
StatusOr<std::unique_ptr<Destination>> MakeS3Destination(std::string_view url,
                                                         const NodeConfig& config);

// What a page of ListObjectsV2 says.
struct ListedPage {
  std::vector<std::string> keys;
  std::string next;  // token of the page after it; empty: this is the last
};
// kUnavailable: it is no such page.
StatusOr<ListedPage> ParseListedPage(std::string_view xml);

}  // namespace hydrant::load
