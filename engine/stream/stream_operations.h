// StreamOperations: what each operation of the API does to the streams of a node, without the thread: the
// inside of control_plane.h.
// Owner:   the control thread; what only reads may run beside it
// Errors:  Firehose's, as ApiError
// Source:  firehose 2015-08-04 service model
#pragma once

#include "engine/stream/control_plane.h"
#include "engine/stream/definition_parser.h"

#include <absl/time/time.h>
#include <nlohmann/json.hpp>

#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <string_view>

namespace hydrant {

class StreamOperations {
 public:
  // Runs a function on the control thread later, or never when the control plane has ended. Any thread.
  using Post = std::function<void(std::function<void()>)>;

  // `options.after` is set.
  StreamOperations(ControlPlaneOptions options, Post post)
      : options_(std::move(options)), post_(std::move(post)) {}

  // Whether the operation of that name changes nothing.
  static bool OnlyReads(std::string_view operation);
  ApiReply Call(ChangeAuthor author, const std::string& body);
  // See StreamControlPlane.
  Status Apply(const std::string& request_json);
  void StartAll();

 private:
  using Json = nlohmann::json;
  struct Operation {
    std::string_view name;
    ApiReply (StreamOperations::*change)(const Json& request);
    ApiReply (StreamOperations::*read)(const Json& request) const;  // one of the two is null
  };

  static const Operation* FindOperation(std::string_view name);
  ParseOptions Parsing() const;
  ApiError NoSuchStream(const std::string& name) const;
  // What is shown of the stream's encryption while it is switched; empty: nothing.
  std::string_view SwitchingState(const std::string& name) const;
  // Runs `then` on the control thread when the state before it was shown for long enough.
  void AfterTransition(absl::Duration shown, std::function<void()> then);

  ApiReply Create(const Json& request);
  ApiReply Describe(const Json& request) const;
  ApiReply List(const Json& request) const;
  ApiReply Update(const Json& request);
  ApiReply Delete(const Json& request);

  ChangeAuthor ConfigurationAuthor() const { return {"configuration", "", options_.config->file}; }
  // With an error the stream is as it was.
  Status Change(StreamDefinition wanted);
  ApiReply AnswerChange(const std::string& name, const Status& changed) const;
  void FinishDeletion(const StreamDefinitionPtr& definition);
  void Deleted(const std::string& name, absl::Time since, const Status& done);
  void Remove(const std::string& name);
  void SetStatus(const std::string& name, StreamStatus status, const std::string& failure);
  void Start(const StreamDefinitionPtr& definition);
  Status Make(StreamDefinition definition, bool start);
  Status UpdateConfigured(const StreamDefinitionPtr& current, StreamDefinition wanted);

  // tag_operations.cc
  ApiReply Tag(const Json& request);
  ApiReply Untag(const Json& request);
  ApiReply ListTags(const Json& request) const;
  ApiReply StoreTags(const StreamDefinitionPtr& current, StreamTags tags);

  // encryption_operations.cc
  ApiReply StartEncryption(const Json& request);
  ApiReply StopEncryption(const Json& request);
  void Show(const std::string& name, std::string_view switching_state);
  std::optional<ApiError> AdmitEncryptionCall(const StreamDefinition& stream);
  ApiReply Encrypt(const StreamDefinitionPtr& current, StreamDefinition wanted,
                   std::string_view transition);

  const ControlPlaneOptions options_;
  const Post post_;
  bool started_ = false;
  std::set<std::string, std::less<>> running_;
  std::set<std::string, std::less<>> deleting_;  // the host is at it, or it is shown a while longer
  // Configured streams that are made as soon as the old one of their name is deleted.
  std::map<std::string, StreamDefinition, std::less<>> awaited_;
  ChangeAuthor author_;  // of the operation under way
  // Streams whose encryption was just switched: the state that is shown meanwhile. Written by the control thread.
  mutable std::mutex switching_mutex_;
  std::map<std::string, std::string_view, std::less<>> switching_;
  // Of the last day, by stream; counted where they are limited.
  std::map<std::string, std::deque<absl::Time>, std::less<>> encryption_calls_;
};

}  // namespace hydrant
